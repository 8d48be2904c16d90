notice-due-one = { $title } is due { $day }.
notice-due-one-untitled = A book you borrowed is due { $day }.
notice-due-several = { $count } of your books are due soon, the first { $day }.
notice-overdue-one = { $title } is overdue. Please return or renew it.
notice-overdue-one-untitled = One of your books is overdue. Please return or renew it.
notice-overdue-several = { $count } of your books are overdue. Please return or renew them.
notice-ready-one = { $title } is ready at { $place }; please collect it by { $day }.
notice-ready-one-untitled = The book you reserved is ready at { $place }; please collect it by { $day }.
notice-ready-several = { $count } books you reserved are ready; please collect them by { $day }.
notice-delivery = Your books will come { $day } { $window }, code { $code }.
notice-fetch = We will collect your books { $day } { $window }.
notice-swap = { $count ->
    [one] Please have the book you return ready; we will take  along.
   *[other] Please have the { $count } books you return ready; we will take  along.
 }
notice-broadcast = { $library } says: { $text }
notice-broadcast-recalled = { $library }: our last announcement was wrong. Please disregard it.
notice-broadcast-corrected = { $library } corrects its last announcement: { $text }
notice-event-off = { $title }, for which you have a seat ({ $moment }, { $place }), was called off. No need to go.
notice-event-moved = { $title }, for which you have a seat, is now { $moment } at { $place }. If you cannot come, say “cancel my seat”.
notice-delegated = { $name } may now { $scope } for you until { $day }. To end it, say “revoke permission”.
notice-delegated-to = { $name } asks you to { $scope } for them until { $day }. To do so, say “on behalf of { $name }”.
notice-delegation-revoked = You no longer act for { $name }.
notice-acted = { $name } did this for you: { $act }.
notice-how-errand = If you can, say “I can deliver it”; if not, “I cannot deliver it”.
notice-errand-off = Nobody needs to go near { $place } { $day } any more: that trip is off. Thank you.
notice-parcel = I have chosen { $title } for you; unless you say no, it will be ordered { $day }.
notice-parcel-untitled = I have chosen a book for you; unless you say no, it will be ordered { $day }. To hear which, say “which book did you choose”.
notice-ask-parcel = Would you like it? Say “no” and I will choose another.
notice-how-parcel = If you do not want it, say “not the book you chose”.
notice-parcel-given-up = { $title }, which I had chosen for you, could not be ordered. I will choose another and let you know.
notice-parcel-given-up-untitled = The book I had chosen for you could not be ordered. I will choose another and let you know.
notice-ask-renew = Shall I renew?
notice-how-renew = To renew, say “renew”.

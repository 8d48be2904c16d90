hold-read-back = I will keep { $title } for you at { $place }. Is that right?
hold-read-back-day = I will keep { $title } for you at { $place }, from { $day }. Is that right?
hold-read-back-estimated = I will keep { $title } for you at { $place }; some are still out, so all of them around { $day }. Is that right?
hold-read-back-wait = All copies of { $title } are out; I will put you in the queue and it should be at { $place } around { $day }. Is that right?
hold-done = Reserved. I will let you know when { $title } is at { $place }.
hold-done-day = Reserved. { $title } is expected at { $place } { $day }; I will let you know when it is there.
hold-done-queue = { $title }: you are number { $queue } in the queue. I will let you know when it is at { $place }.
hold-done-queue-day = { $title }: you are number { $queue } in the queue. It should be at { $place } around { $day }.
pickup-points = Books can be collected here, the nearest first. Where would you like to collect it?
pickup-points-count = There are { $count } places where you can collect books, these are the nearest.
pickup-points-own = You usually collect at { $place }.
not-a-pickup-point = Books cannot be collected at { $place }. Where would you like to collect it?
ask-which-pickup = Where would you like to collect it?
choice-place = { $place }
no-holds = You have no reservations.
holds-stay = Nothing is cancelled: your reservations stay.
holds-count = { $ready ->
    [0] Your reservations, none here yet:
   *[other] Your reservations, { $ready } ready:
 }
    .short = { "" }
ask-more = Say “more” for the rest.
    .short = { "" }
choice-hold = { $title }, { $state }
hold-ready = ready for you at { $place }
hold-ready-until = ready at { $place } until { $day }
hold-resting = suspended until { $day }
hold-resting-open = suspended
hold-queue = not here yet, you are number { $queue }
hold-queue-day = not here yet, you are number { $queue }, expected { $day }
hold-coming = not here yet, on its way to { $place }
hold-coming-day = not here yet, expected at { $place } { $day }
hold-by-delivery = brought home { $day }
hold-what-to-do = Say “cancel my reservation” or “suspend my reservation”.
no-such-hold = You have no such reservation. Yours are:
ask-which-hold-cancel = Which one shall I cancel?
ask-which-hold-suspend = Which one shall I suspend?
hold-cancel-read-back = I will cancel the reservation of { $title }. Is that right?
hold-cancelled = The reservation of { $title } is cancelled.
hold-suspend-read-back = I will suspend the reservation of { $title } until { $day }; you keep your place. Is that right?
hold-suspended = The reservation of { $title } rests until { $day }; you keep your place.
hold-resume-read-back = The reservation of { $title } goes on, in its old place. Is that right?
hold-resumed = The reservation of { $title } goes on; I will tell you when it is there.
no-hold-rests = None of your reservations is paused.
wishes-waiting = { $count ->
    [one] One more thing is written down for you
   *[other] { $count } more things are written down for you
 }, until the library's system is back. To drop the last one, say “undo”.
wish-read-back = I have written down: { $wish }, { $title }. Shall I drop it?
wish-withdrawn = I have dropped what was written down: { $wish }, { $title }.

deliver-read-back = I will send { $title } to { $address }, { $day } { $window }, { $fee }. Is that right?
deliver-read-back-wait = All copies of { $title } are out; it should come to { $address } around { $day } { $window }, { $fee }. Shall I order it?
deliver-read-back-new = I will send { $title } to { $address }, brought by { $place }, { $day } { $window }, { $fee }. Is that right?
deliver-read-back-wait-new = All copies of { $title } are out; { $place } should bring it to { $address } around { $day } { $window }, { $fee }. Shall I order it?
choice-yes-keep = Always send it here
    .spoken = { "" }
deliver-keep-hint = Say “always send it here” to keep this address.
    .short = { "" }
address-saved = I have noted this address on your card.
deliver-ask-address = There is no address on your card yet. Please say the town, the village or road, and the number.
deliver-which-address = Where shall it go? Please say the town, the village or road, and the number.
deliver-address-unknown = I did not catch the address. Please say the town, the village or road, and the number.
deliver-address-which-town = In which town is “{ $place }”? Please say it with the name of the town.
deliver-address-more = Where in { $place }? Please say it with the road and the number.
deliver-address-outside = I am sorry, we do not deliver to “{ $place }” yet. Please say another address, or collect it yourself.
deliver-address-unwritten = I cannot write this address down. Please type it, or collect the book yourself.
day-is-past = { $day } is over already.
day-not-known = I did not catch which day. Please say the date, or the day of the week.
deliver-next-round = There is no delivery { $wished }; the next is { $day }.
deliver-not-sooner = The earliest is { $day }.
deliver-done = Ordered: { $title } will come { $day } { $window }. At the door you will hear the code { $code }.
ask-which-address = To which address?
choice-address = { $address }
no-deliveries = Nothing is on its way to you.
no-such-delivery = I found no such delivery.
delivery-count = There are { $count } deliveries.
    .short = { "" }
delivery-bring-requested = { $titles }: { $day } { $window } to { $address }, code { $code }.
delivery-bring-dispatched = { $titles }: on the way, { $day } { $window }, code { $code }.
delivery-bring-missed = { $titles }: nobody was at home last time. We will come again { $day } { $window }.
delivery-bring-waiting = All copies of { $titles } are out; we expect to bring one { $day } { $window }.
delivery-bring-unknown = There is no copy of { $titles } just now; we will bring one as soon as there is, and tell you before.
delivery-fetch-requested = We will collect { $titles } { $day } { $window }.
delivery-fetch-dispatched = Somebody is on the way to collect { $titles }.
delivery-fetch-missed = We could not collect { $titles }. We will come again { $day }.
delivery-by-people = Who comes: { $names }.
    .short = { "" }
delivery-by-van = The van of { $place } comes.
    .short = { "" }
delivery-by-courier = A courier comes from { $place }.
    .short = { "" }
delivery-by-nobody-yet = Who will come is not settled yet.
    .short = { "" }
ask-which-delivery = Which one?
choice-delivery = { $titles }, { $day }
choice-fetch = { $titles }, to be collected { $day }
ask-what-to-change = Would you like another day, or no delivery?
choice-other-day = Another day
choice-call-off = No delivery
ask-which-day = Which day?
change-read-back = I will send { $titles } { $day } { $window } to { $address }. Is that right?
change-done = Changed: { $day } { $window } to { $address }, code { $code }.
call-off-read-back = I will cancel the delivery of { $titles }. Is that right?
call-off-done = The delivery of { $titles } is cancelled.
fetch-read-back = { $count ->
    [1] We will collect { $titles } { $day } at { $address }. Is that right?
    [2] We will collect { $titles } { $day } at { $address }. Is that right?
    [3] We will collect { $titles } { $day } at { $address }. Is that right?
   *[other] We will collect { $count } books { $day } at { $address }. Is that right?
 }
fetch-done = { $count ->
    [one] Done. We will collect one book { $day }.
   *[other] Done. We will collect { $count } books { $day }.
 }
fetch-swap = They will be taken when your books come, and do not count as overdue until then.

nothing-at-home = You have nothing on loan.
loans-count = { $overdue ->
    [0] { $count ->
        [one] You have one book on loan.
       *[other] You have { $count } books on loan.
     }
   *[other] You have { $count ->
        [one] one book
       *[other] { $count } books
     } on loan, { $overdue } overdue.
 }
loans-left = { $left ->
    [one] You can borrow one more.
   *[other] You can borrow { $left } more.
 }
choice-loan = { $title }, { $state }
loan-due = due { $day }
loan-overdue = { $days ->
    [one] one day overdue
   *[other] { $days } days overdue
 }
ask-renew = To renew, say “renew all” or the number.
ask-more-loans = Say “more” for the rest, or a number to renew it.
ask-which-loan = Which one shall I renew?
no-such-loan = You have no such loan. Yours are:
renew-read-back = I will renew { $title } until { $day }. Is that right?
renew-all-read-back = I will renew all { $count } books: { $titles }. Is that right?
renew-many-read-back = I will renew all { $count } books. Is that right?
cannot-renew = { $title } cannot be renewed: { $why }.
renewed = { $title } is renewed until { $day }.
renewed-several = { $count } books are renewed until { $day }.
not-renewed = { $title } was not renewed: { $why }.
why-others-waiting = others are waiting
why-renewed-often = it was renewed { $limit } times already
why-long-overdue = it has been overdue for too long
why-already-renewed = it was renewed today already
why-blocked = your card cannot borrow just now
why-nothing-on-loan = it is back already
why-loan-refused = the library does not allow it
return-anywhere = You can return books at any of our libraries.
return-place = { $place }, today { $hours }.
return-or-fetched = Or say “collect my books” and we will come.
    .short = { "" }

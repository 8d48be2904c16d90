handed-over = I have passed this to a librarian, who will answer you.
handed-over-open = I have passed what we said to the librarians of { $place }; they will answer you. If it is urgent, call { $phone }.
handed-over-open-no-phone = I have passed what we said to the librarians of { $place }; they will answer you.
handed-over-closed = I have passed this to { $place }; a librarian will answer after { $moment }. The telephone is { $phone }.
handed-over-closed-no-phone = I have passed this to { $place }; a librarian will answer after { $moment }.
ask-phone = Which number shall we call?
call-read-back = A librarian will call { $phone } { $moment }. Is that right?
call-done = Arranged: we will call { $moment }.
ask-feedback = Please tell me, and I will pass it on to the library.
feedback-read-back = I will pass this on to the library: “{ $words }”. Is that right?
feedback-done = I have passed it on. Thank you.
voice-consent = I cannot write that down; may a librarian hear it as a recording? It is deleted afterwards.
record-now = Please say it again now, and I will pass it on.
voice-message-kept = A librarian will hear your recording. Thank you.
ask-what-to-buy = Which book should the library buy? Please say the title.
purchase-read-back = I will ask the library to buy { $title }. Is that right?
purchase-done = I have suggested { $title } to the library.
recording-read-back = I will ask for { $title } to be read aloud and recorded. Is that right?
recording-done = Asked for. I will let you know when { $title } is recorded.

ask-card = Please say your card number, or the six digits the library gave you.
ask-card-again = Please say the card number again, or “cancel”.
ask-pin = Please say your PIN. I will neither repeat it nor keep it.
ask-pin-again = Please say the PIN again. If the card number was wrong, say that again, or “cancel”.
linked = { $name }, your card is linked.
linked-going-on = { $name }, your card is linked.
linked-already = Your card is linked already, { $name }. Say “another card” to change it.
unlink-read-back = Shall I take your card out of this talk?
unlinked = Your card is no longer linked here, and reminders will not come here any more. To use it again, say “link my card”.
unlinked-for-another = That card is no longer linked here.
unlinked-already = No card is linked here.
reminders-on = { $days ->
    [0] I will remind you on the day a book is due.
    [one] I will remind you one day before a book is due.
   *[other] I will remind you { $days } days before a book is due.
 }
reminders-off = I will not remind you of due dates.
auto-renew-on = From now on I renew your books shortly before they are due, and tell you, also if one cannot be renewed. To end it, say “stop automatic renewal”.
    .short = From now on I renew your books shortly before they are due, and tell you.
auto-renew-is-on = Your books are renewed by themselves already. To end it, say “stop automatic renewal”.
auto-renew-off = Your books are no longer renewed by themselves. I will remind you before they are due.
auto-renew-read-back = I can renew your books for you shortly before they are due, and tell you. Shall I?
quiet-set = I will not disturb you from { $begin } to { $end }.
quiet-are = I will not disturb you from { $begin } to { $end }. To change this, tell me from when to when.
quiet-none = There are no quiet hours now.
ask-topic = News about what? You can choose { $topics }.
topic-subscribed = I will let you know when there is something about { $topic }.
topic-unsubscribed = You will get no more news about { $topic }.
unsubscribed-news = All right, no more events or announcements. You are still reminded of due dates.
unsubscribe-read-back = I will not message you of my own accord any more, not even to remind you of due dates. Is that right?
ask-reminder-days = How many days before the due date shall I remind you?
unsubscribed = I will not message you of my own accord any more, not even to remind you.
scope-borrow = borrow and return
scope-everything = borrow, return and change reminders
without-end = you end it
delegate-by-code = A card number alone is not enough: one wrong digit would give a stranger your permission.
delegate-code-read-back = I will give you a code; whoever has it may { $scope } for you until { $day }. Is that right?
delegate-code = The code is { $code }. Please give it to somebody you trust; they should say it to me within { $hours } hours.
delegate-code-once = I say a code only once and do not keep it. If you did not catch it, say “let my daughter borrow for me”, and I will give you a new one.
delegation-accepted = You may { $scope } for { $name } until { $day }. To do so, say “on behalf of { $name }”.
delegates-none = Nobody may act for you just now.
delegates-are = These people may act for you: { $names }. To end it, say “revoke permission”.
ask-which-delegate = Who may no longer act for you?
choice-delegate = { $name }
choice-delegate-ending = { $name }, card ending { $card }
delegate-ending = { $name } (card ending { $card })
revoke-read-back = { $names } may no longer act for you. Is that right?
delegation-revoked = Done. Nobody can act for you that way any more.
acting-began = Now for { $name }, with { $name }’s card.
acting-for = For { $name }:
acting-over = You are using your own card now.
acting-ended = You no longer act for { $name }. You are using your own card now.
acting-ask = Is this for { $name }, with { $name }’s card?
acting-ask-which = Is this for { $name }, with the card ending in { $card }?
acting-unknown = I do not know whom this is for, so nothing was done. Please ask them to tell me “let my daughter borrow for me” and to give you the code.
acting-own-card = Then with your own card.
acting-ask-own = { $name } has not let you act here. Shall I use your own card?
acting-card-first = To act for somebody else, link your own card first, then say it again.
acting-what = What would you like to do? Say a title, or “my loans”.
errand-not-a-volunteer = You are not a volunteer yet. To become one, please ask a librarian.
errand-none = There is nothing to deliver just now, thank you.
errand-count = You have agreed to { $count }.
errand-offer = Somebody near { $place } is waiting for books: { $count }, { $day } { $window }.
errand-offers = { $count } trips are waiting; I will tell you about them one by one.
errand-two-persons = It is a first visit, so two people go together.
errand-ask = Can you go?
errand-accepted = Thank you.
errand-declined = Then I will ask somebody else. Thank you.
errand-door = { $day } { $window }: { $name }, { $address }, books: { $count }.
errand-phone = Telephone { $phone }.
errand-note = At the door: { $note }.
errand-code = Say the code word { $code } at the door.
errand-with = Going with you: { $names }.
errand-still-one = A first visit needs two people; please wait until somebody joins you.
errand-give-back = You cannot go near { $place } { $day }. Is that right?
errand-how-long = Well done. How long did it take?
errand-time-unknown = Please say how long it took, for example one hour or half an hour.
choice-minutes-30 = Half an hour
choice-minutes-60 = One hour
choice-minutes-120 = Two hours
errand-reported = I have written it down, thank you.
errand-hours = You have given { $hours } hours { $minutes } minutes.
every-7 = week
every-14 = two weeks
every-30 = month
profile-read-back = Every { $every } I will choose a book about { $subjects } and have it brought to { $address }; you may refuse any of them. Is that right?
profile-set = Done. I will let you know what I have chosen; say “no” and I will choose another.
profile-is = Every { $every } I choose a book about { $subjects } for you. To end it, say “stop the regular books”.
profile-none = No books are chosen for you yet. If you like, say “choose a history book for me every month”.
ask-profile-subject = What would you like to read about? History, health, novels?
profile-end-read-back = I will stop choosing books for you. Is that right?
profile-ended = Then I will not choose any more books for you.
parcel-another = Then not { $not }. { $title } instead?
parcel-vetoed = Then not { $title }. I will let you know when I find another.
parcel-ordered = { $title } will come { $day } { $window }, code { $code }.
parcel-none = No book is chosen for you and waiting just now.
parcel-late = { $title } is already ordered for { $day }. Shall I call it off?
parcel-waiting = I have chosen { $title }; unless you say no, it will be ordered { $day }. Would you like it?
data-exported = We hold your { $cards ->
    [one] card
   *[other] { $cards } cards
 }, { $addresses ->
    [one] one address
   *[other] { $addresses } addresses
 }, { $loans ->
    [one] one loan
   *[other] { $loans } loans
 } and { $holds ->
    [one] one reservation
   *[other] { $holds } reservations
 }.
data-person = Name: { $name }. Telephone: { $phone }.
    .spoken = { "" }
data-none = none
timbre-own = the usual one
timbre-woman = a woman’s
timbre-man = a man’s
verbosity-short = brief
verbosity-normal = normal
verbosity-long = full
data-on = on
data-off = off
data-setting = { $setting }: { $value }
data-rest = How many of each else: notices { $notices }, records of what was done { $audit }, blocks { $blocks }, permissions to act for you { $delegations }, linking codes { $link_codes }, messages { $messages }.
    .spoken = { "" }
data-cards = { $more ->
    [0] Cards: { $these }.
   *[other] Cards: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-addresses = { $more ->
    [0] Addresses: { $these }.
   *[other] Addresses: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-loans = { $more ->
    [0] Books borrowed: { $these }.
   *[other] Books borrowed: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-holds = { $more ->
    [0] Books reserved: { $these }.
   *[other] Books reserved: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-deliveries = { $more ->
    [0] Books brought home: { $these }.
   *[other] Books brought home: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-events = { $more ->
    [0] Events: { $these }.
   *[other] Events: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-listened = { $more ->
    [0] Books listened to: { $these }.
   *[other] Books listened to: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-settings = { $more ->
    [0] Settings: { $these }.
   *[other] Settings: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-consents = { $more ->
    [0] What you agreed to: { $these }.
   *[other] What you agreed to: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-words = { $more ->
    [0] What you told the library: { $these }.
   *[other] What you told the library: { $these }, and { $more } more.
 }
    .spoken = { "" }
data-said = { $more ->
    [0] What was said lately: { $these }
   *[other] What was said lately: { $these }, and { $more } more.
 }
    .spoken = { "" }
preference-locale = language
preference-rate = speed
preference-verbosity = how much is said
preference-volume = volume
preference-timbre = voice
preference-voice-reply = spoken replies
preference-quiet-from = quiet from
preference-quiet-to = quiet until
preference-reminders = reminders
preference-auto-renew = automatic renewal
preference-reminder-days = days before the due date
preference-titles-in-pushes = titles in notices
preference-topics = topics
preference-broadcasts = announcements
preference-region = dialect
consent-keep-recording = keeping a recording
consent-titles-in-pushes = titles in notices
data-whole = A librarian can print all of it for you.
    .short = { "" }
forget-read-back = I will delete your name, addresses, reservations and settings for good. Do you really want that?
drop-recordings-read-back = Shall I delete what you recorded for the librarians? It cannot be brought back.
recordings-dropped = It is deleted. None of your recordings is kept.
no-recordings-kept = No recording of yours is kept.
forgotten = Everything has been deleted. To borrow again, please register at a library.

search-away = I cannot search just now; please try again later. Everything else works.
ask-what-to-read = What would you like to read? A title, an author or a subject will do.
ask-what-to-hear = What would you like to listen to? A title, an author or a subject will do.
only-to-borrow = { $title } cannot be played here, but you can borrow it.
ask-which-book = Which book? Please say the title.
found-some = I found these.
    .short = { "" }
found-near = Nothing matches exactly, but these come close.
suggest-any = How about one of these?
    .short = { "" }
suggest-new = These are the newest.
suggest-popular = Many people read these.
suggest-like = These are like { $title }.
suggest-light = These are light reading.
suggest-moving = These go to the heart.
suggest-gripping = These are hard to put down.
suggest-comforting = These may do you good.
suggest-pictures = These have many pictures.
suggest-thin = Our records do not give the pages; these are short pieces.
suggest-short-stories = These are short stories.
suggest-easy = These are easy to read.
suggest-useful = These are of use every day.
suggest-elders = Older readers like these.
suggest-toddlers = These are for the very young.
suggest-children = Children like these.
suggest-pupils = These suit children at primary school.
suggest-teens = These suit young people.
suggest-adults = How about one of these?
suggest-instead = There is none quite like that, but there are these.
found-one = Found it.
    .short = { "" }
not-to-hear-here = It cannot be played here; you can borrow it.
found-perhaps = Is it this one?
found-not-in-format = There is no { $format } edition, but there are others.
found-nothing = I found nothing like that. Shall we try another title or author?
found-nothing-about = I have found nothing about { $subject }. Shall I suggest that the library buys something?
found-nothing-by = I have found nothing by { $name }, and no book of that name. Shall I suggest that the library buys it?
found-nothing-heard = I did not find the book you said. Please say the title again, or the author.
neither-understood-nor-found = I did not understand, and found no such book. You can say a title, or "help".
found-not-these = I did not find { $titles }.
no-such-edition = There is no { $format } edition of { $title }.
found-nothing-like = I did not find { $title }. Please say it another way, or say “suggest it” to have it bought.
found-nothing-suggest = I did not find { $title }. Shall I suggest that the library buys it?
more-results = Here are more.
    .short = { "" }
earlier-results = The ones before.
    .short = { "" }
no-more-results = There are no more.
no-earlier-results = There are none before these.
ask-which-or-all = Which one would you like? For all of them, say "bring them all home".
ask-which = Which one would you like?
ask-which-or-more = Which one would you like? Say “more” for others.
    .short = Which one?
which-of-these = Which of these?
state-here = available
state-wait = all on loan
state-listen = to listen to
state-none = not available now
choice-book = { $title } by { $author }, { $format }, { $state }
choice-the-book = { $title } by { $author }, { $format }
choice-deliver = Bring it home
    .spoken = { "" }
choice-pick-up = Collect it
    .spoken = { "" }
choice-renew = Renew it
    .spoken = { "" }
choice-play = Listen now
    .spoken = { "" }
question-home-shelf = Shall I have it brought home, or will you collect it?
question-renew = Shall I renew it?
question-play-renew = Listen now, or renew it?
question-renew-play = Renew it, or listen now?
question-play = Would you like to listen now?
question-play-home = Listen now, or have it brought home?
question-play-home-shelf = Listen now, have it brought home, or collect it?
question-home-shelf-play = Have it brought home, collect it, or listen now?
question-nothing-to-do = It cannot be borrowed now. Say “suggest it” and I will pass that on.

details-book = { $title } by { $author }, { $format }.
details-edition = { "" }
    .long = { $publisher }, { $year }.
details-formats = Also in { $formats }.
    .short = { "" }
details-where = { $more ->
    [0] It is at { $places }.
    [one] It is at { $places }, and at one other place.
   *[other] It is at { $places }, and at { $more } other places.
 }
    .short = It is at { $places }.
details-yours = You have it at home; it is due { $day }.
details-all-out = { $queue ->
    [0] All copies are out and nobody is waiting.
    [one] All copies are out and one reader is waiting.
   *[other] All copies are out and { $queue } readers are waiting.
 }
details-when = { $how ->
    [sure] You can collect it at { $place } from { $day }; it can be at your door { $home }.
   *[other] It should be at { $place } around { $day }, and at your door around { $home }.
 }
details-at-pickup = { $how ->
    [sure] You can collect it at { $place } from { $day }.
   *[other] It should be at { $place } around { $day }.
 }
details-at-home = { $how ->
    [sure] It can be at your door { $day }.
   *[other] It should be at your door around { $day }.
 }
details-nobody-knows = It is not known yet when it will be available.

play-link = Listen to { $title } here: { $link }
    .spoken = I have sent you the link for { $title }.
play-from = It goes on from minute { $minutes }.
play-length = It lasts { $length }.
    .short = { "" }
play-label = This copy is only for readers with a print disability. Please do not pass it on.
no-recording = There is no recording of { $title } yet. Shall I ask for one?
nothing-begun = You have not begun a recording. What would you like to hear?

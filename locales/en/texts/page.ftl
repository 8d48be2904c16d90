### Words of the web page: title, hints, buttons, errors. Only what the page alone needs; answers of the talk stand elsewhere.

page-title = Shusheng: talk with your library
page-name = Shusheng 书声
page-tagline = Say or type which book you want; the library brings it home.
page-skip = Skip to the text field
page-log = Conversation
page-you = You:
page-library = Library:
page-welcome = Hello, this is Shusheng. I find books, borrow them for you and have them brought to your door. Type what you would like to read, or record it. You can search without a card.
page-voice-note = (a recording)
page-voice-heard = (a recording) I heard: { $text }

page-examples = You can say, for example: “I want to read Pride and Prejudice”, “Which books do I have”, “What events are there”.
page-say-label = What would you like to say?
page-secret-label = Your PIN (it is not shown)
page-send = Send
page-choices = Choose one directly
page-choice = { $number }. { $label }

page-voice-file = Choose a recording, or record now
page-voice-send = Send recording
page-record = Record: tap to start, or hold
page-record-stop = Stop and send
page-record-cancel = Throw this recording away
page-recording = Recording, one minute at most.
page-record-ending = Ten seconds left.
page-recorded = Recorded, sending.
page-still-sending = The line is slow; your recording is still being sent.
page-record-cancelled = The recording was not sent.
page-record-short = That was too short. Please stop after you have spoken.
page-mic-denied = The browser does not allow the microphone. Please allow it in the browser’s settings, choose a recording, or type.
page-mic-missing = No microphone was found. You can choose a recording, or type.
page-mic-insecure = This address is not encrypted (https), so the browser does not let us record. You can choose a recording, or type.
page-mic-failed = The microphone does not work just now. You can choose a recording, or type.

page-listen = Listen to answers
page-play = Listen to the last answer
page-stop = Stop reading aloud
page-aloud = Read new answers aloud
page-rate = Reading speed
page-rate-slow = Slow
page-rate-normal = Normal
page-rate-fast = Fast
page-rate-faster = Very fast
page-no-sound = This answer cannot be read aloud just now. Please read the text.

page-settings = Text size and colours
page-size = Text size
page-size-1 = Large
page-size-2 = Larger
page-size-3 = Very large
page-size-4 = Largest
page-tone = Colours
page-tone-auto = As on this device
page-tone-light = Black on white
page-tone-dark = White on black
page-tone-contrast = Yellow on black
page-languages = Language

page-sent = Sent.
page-waiting = Still working on it. Please wait a moment.
page-refresh = See whether there is an answer
page-offline = There is no network just now. What you said is kept and goes out as soon as the network is back.
page-reconnecting = Connecting again.
page-back = Connected again.

page-empty = Nothing is written yet. Please write what you want to say, then press Send.
page-too-long = That is too long; at most ten thousand characters at a time. Please shorten it and send it again.
page-no-recording = No recording is chosen yet. Please choose one, then press Send.
page-recording-too-big = This recording is too big. Please keep it under a minute.
page-unreadable = Not everything arrived. Please send it once more.
page-too-fast = That was a little fast. Please wait { $seconds } seconds and send it again. What you wrote is still here.
page-stale = This page was open for too long, and your message was not sent. Please press Send once more.
page-foreign = This request did not come from Shusheng’s own page, so nothing was done. Please go back to Shusheng and try again.
page-busy = We are busy just now, and your message was not sent. What you wrote is still here; please send it again in a moment.
page-failed-title = That did not work
page-not-found-title = No such page
page-not-found = There is nothing at this address. Please go back to Shusheng and just say which book you want.
page-not-so = This address cannot be opened like that. Please go back to Shusheng.
page-home = Back to Shusheng
page-leave-title = Finished
page-leave-note = On a shared computer or phone, please press this when you are done. The talk is cleared from here, and your card is taken out of it.
page-leave = Finish and clear
page-left = All done. The talk is cleared from here, and your card is taken out of it.

search-away = 现在找不了书，请您过一会儿再试。别的事我还能办。
ask-what-to-read = 您想看什么书？说书名、作者或者内容都行。
ask-what-to-hear = 您想听什么？说书名、作者或者内容都行。
only-to-borrow = { $title }这里放不了，可以借回去听。
ask-which-book = 是哪本书？请说书名。
found-some = 找到这几本。
    .short = { "" }
found-near = 没有一模一样的，有这几本相近的。
suggest-any = 您看看这几本怎么样。
    .short = { "" }
suggest-new = 这几本出得最新。
suggest-popular = 这几本看的人多。
suggest-like = 跟{ $title }差不多的，有这几本。
suggest-light = 轻松些的，有这几本。
suggest-moving = 感人些的，有这几本。
suggest-gripping = 情节紧的，有这几本。
suggest-comforting = 这几本看了宽心。
suggest-pictures = 图多的，有这几本。
suggest-thin = 书目里没写多少页，这几本篇幅短。
suggest-short-stories = 短篇的，有这几本。
suggest-easy = 好懂些的，有这几本。
suggest-useful = 过日子用得上的，有这几本。
suggest-elders = 老人家爱看这几本。
suggest-toddlers = 小娃娃看这几本合适。
suggest-children = 这几本孩子爱看。
suggest-pupils = 这几本小学生看合适。
suggest-teens = 这几本中学生看合适。
suggest-adults = 您看看这几本怎么样。
suggest-instead = 没有正好这样的，有这几本。
found-one = 找到了。
    .short = { "" }
not-to-hear-here = 这本在这里放不了，借回去听。
found-perhaps = 是不是这本？
found-not-in-format = 没有{ $format }，有别的版本。
found-nothing = 没有找到这样的书。换个书名或者作者再试试？
found-nothing-about = 没有找到讲{ $subject }的书。要我建议图书馆买吗？
found-nothing-by = 没有找到{ $name }的书，也没有叫这个名字的书。要我建议图书馆买吗？
found-nothing-heard = 没有找到您说的书，请再说一遍书名，或者说作者。
neither-understood-nor-found = 我没听明白，也没找到这样的书。您可以说书名，或者说“帮助”。
found-not-these = 没有找到{ $titles }。
no-such-edition = { $title }没有{ $format }。
found-nothing-like = 没有找到{ $title }。换个说法试试，要图书馆买就说“荐购”。
found-nothing-suggest = 没有找到{ $title }。要我建议图书馆买吗？
more-results = 后面还有。
    .short = { "" }
earlier-results = 前面的是这几个。
    .short = { "" }
no-more-results = 后面没有了。
no-earlier-results = 前面没有了。
ask-which-or-all = 要哪一本？都要就说“都送到家”。
ask-which = 要哪一本？
ask-which-or-more = 要哪一本？还有别的，说“还有吗”。
    .short = 要哪一本？
which-of-these = 是哪一本？
state-here = 能借
state-wait = 要等
state-listen = 能听
state-none = 暂时借不到
choice-book = { $title }，{ $author }，{ $format }，{ $state }
choice-the-book = { $title }，{ $author }，{ $format }
    .spoken = { $title }，{ $author }，{ $format }
choice-deliver = 送到家
    .spoken = { "" }
choice-pick-up = 到馆取
    .spoken = { "" }
choice-renew = 续借
    .spoken = { "" }
choice-play = 现在听
    .spoken = { "" }
question-home-shelf = 送到家，还是到馆取？
question-renew = 要续借吗？
question-play-renew = 现在听，还是续借？
question-renew-play = 续借，还是现在听？
question-play = 现在听吗？
question-play-home = 现在听，还是送到家？
question-play-home-shelf = 现在听，送到家，还是到馆取？
question-home-shelf-play = 送到家，到馆取，还是现在听？
question-nothing-to-do = 这本现在借不到。要我记下来，说“荐购”。

details-book = { $title }，{ $author }，{ $format }。
details-edition = { "" }
    .long = { $publisher }，{ $year }年出版。
details-formats = 还有{ $formats }。
    .short = { "" }
details-where = { $more ->
    [0] { $places }有。
   *[other] { $places }有，另外还有{ $more }处。
 }
    .short = { $places }有。
details-yours = 您已经借了这本，{ $day }到期。
details-all-out = { $queue ->
    [0] { $count }本都借出去了，现在没有人排队。
   *[other] { $count }本都借出去了，有{ $queue }人在排队。
 }
details-when = { $how ->
    [sure] 到{ $place }取，{ $day }能取；送到家，{ $home }能到。
   *[other] 到{ $place }取，估计{ $day }；送到家，估计{ $home }。
 }
details-at-pickup = { $how ->
    [sure] 到{ $place }取，{ $day }能取到。
   *[other] 到{ $place }取，估计要到{ $day }。
 }
details-at-home = { $how ->
    [sure] 送到家，{ $day }能到。
   *[other] 送到家，估计要到{ $day }。
 }
details-nobody-knows = 什么时候能借到，现在还说不准。

play-link = { $title }在这里听：{ $link }
    .spoken = { $title }，链接发给您了。
play-from = 从上次的第{ $minutes }分钟接着听。
play-length = 全长{ $length }。
    .short = { "" }
play-label = 这是阅读障碍者专用的版本，请不要转给别人。
no-recording = { $title }还没有录音。要我替您申请请人录吗？
nothing-begun = 您还没有听过书。请说想听什么。

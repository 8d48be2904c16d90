handed-over = 已经转给图书管理员了，会有人回复您。
handed-over-open = 已经把刚才的话转给{ $place }的图书管理员了，会回复您。着急就打{ $phone }。
handed-over-open-no-phone = 已经把刚才的话转给{ $place }的图书管理员了，会回复您。
handed-over-closed = 已经转给{ $place }了，图书管理员{ $moment }上班后回复您。电话是{ $phone }。
handed-over-closed-no-phone = 已经转给{ $place }了，图书管理员{ $moment }上班后回复您。
ask-phone = 打哪个电话给您？请说号码。
call-read-back = 图书管理员{ $moment }打{ $phone }给您。对吗？
call-done = 约好了，{ $moment }给您打电话。
ask-feedback = 请您说意见，我转给图书馆。
feedback-read-back = 我把这句话交给图书馆：“{ $words }”。对吗？
feedback-done = 您的话交给图书馆了，谢谢您。
voice-consent = 您的话我写不下来，可以录下来给图书管理员听吗？办完就删掉。
record-now = 好，请您现在再说一遍，说完我就交上去。
voice-message-kept = 录音交给图书管理员了，谢谢您。
ask-what-to-buy = 您想让图书馆买哪本书？请说书名。
purchase-read-back = 我建议图书馆买{ $title }。对吗？
purchase-done = 荐购{ $title }记下了，图书馆会考虑。
recording-read-back = 我替您申请，请人把{ $title }录下来。对吗？
recording-done = 申请交上去了，{ $title }录好了告诉您。

ask-card = 请说读者证号，或者图书馆给您的六位数字。
ask-card-again = 请再说一遍读者证号，或者说“取消”。
ask-pin = 请说密码。我不会念出来，也不会留着。
ask-pin-again = 请再说一遍密码。要是证号说错了，就再说一遍证号，或者说“取消”。
linked = { $name }，您的读者证绑定好了。
linked-going-on = { $name }，绑定好了。
linked-already = 您的读者证已经绑定了，是{ $name }。要换一张，就说“换一张卡”。
unlink-read-back = 把您的读者证从这里退出来吗？
unlinked = 好，您的读者证退出来了，这里看不到您的借阅，也收不到提醒了。要再用，就说“绑定读者证”。
unlinked-for-another = 好，刚才那张读者证退出来了。
unlinked-already = 这里没有绑定读者证。
reminders-on = { $days ->
    [0] 好，到期那天提醒您还书。
   *[other] 好，到期前{ $days }天提醒您还书。
 }
reminders-off = 好，以后不提醒您还书了。
auto-renew-on = 好，以后书快到期了，我替您续借，续好了告诉您，续不了也告诉您。不要了就说“不要自动续借”。
    .short = 好，以后书快到期了，我替您续借，续好了告诉您。
auto-renew-is-on = 已经是自动续借了。不要了就说“不要自动续借”。
auto-renew-off = 好，不自动续借了。快到期了我提醒您。
auto-renew-read-back = 书快到期了，我可以替您续借，续好了告诉您。要吗？
quiet-set = 好，{ $begin }到{ $end }不打扰您。
quiet-are = 现在{ $begin }到{ $end }不打扰您。要改就说几点到几点。
quiet-none = 好，不再设免打扰时间。
ask-topic = 您想听哪方面的消息？有{ $topics }。
topic-subscribed = 好，有{ $topic }的活动就告诉您。
topic-unsubscribed = 好，{ $topic }的消息不再发了。
unsubscribed-news = 好，活动和公告不再发了，还书提醒照旧。
unsubscribe-read-back = 以后不主动给您发消息，还书提醒也停。对吗？
ask-reminder-days = 到期前几天提醒您？
unsubscribed = 好，以后不主动给您发消息了，还书提醒也停了。
scope-borrow = 借书还书
scope-everything = 借书还书、改提醒
without-end = 您说不要
delegate-by-code = 只凭读者证号不能让人替办，免得弄错了人。
delegate-code-read-back = 给您一个码，知道码的家人可以替您{ $scope }，到{ $day }为止。对吗？
delegate-code = 好了，码是{ $code }。请告诉您信得过的家人，{ $hours }小时之内把码说给我听就行。
delegate-code-once = 码只说一遍，我这里不留。没听清就说“让家人替我借书”，我再给您一个新的码。
delegation-accepted = 好了，您可以替{ $name }{ $scope }，到{ $day }为止。要办就说“帮{ $name }借书”。
delegates-none = 现在没有人可以替您办事。
delegates-are = 可以替您办事的有{ $names }。不要了，就说“取消代办”。
ask-which-delegate = 不让哪一位替您办了？
choice-delegate = { $name }
choice-delegate-ending = { $name }，尾号{ $card }
delegate-ending = { $name }（尾号{ $card }）
revoke-read-back = 以后不让{ $names }替您办了，对吗？
delegation-revoked = 好了，从现在起不能再替您办了。
acting-began = 好，现在替{ $name }办，用{ $name }的读者证。
acting-for = 替{ $name }：
acting-over = 现在用您自己的读者证。
acting-ended = { $name }那边不用您替办了，现在用您自己的读者证。
acting-ask = 您是替{ $name }办，用{ $name }的读者证吗？
acting-ask-which = 您是替{ $name }办，用尾号{ $card }的读者证吗？
acting-unknown = 不知道您要替谁办，所以什么也没有办。请那位先对我说“让家人替我借书”，再把码告诉您。
acting-own-card = 好，用您自己的读者证。
acting-ask-own = { $name }没有托您办。用您自己的读者证办吗？
acting-card-first = 替别人办，也要先绑定您自己的读者证，绑好了再说一遍。
acting-what = 要办什么？可以说书名，也可以说“借了哪些书”。
errand-not-a-volunteer = 您还不是送书志愿者。想参加，请找图书管理员登记。
errand-none = 现在没有要送的，谢谢您。
errand-count = 您答应了{ $count }趟。
errand-offer = { $place }有一户要送书，{ $count }本，{ $day }{ $window }。
errand-offers = 有{ $count }趟要送，一趟一趟说给您听。
errand-two-persons = 第一次上门，两个人一起去。
errand-ask = 您能去吗？
errand-accepted = 好，谢谢您。
errand-declined = 好，我请别人去，谢谢您。
errand-door = { $day }{ $window }，{ $name }家，{ $address }，{ $count }本。
errand-phone = 电话{ $phone }。
errand-note = 敲门：{ $note }。
errand-code = 门口说暗号{ $code }。
errand-with = 和您一起去的是{ $names }。
errand-still-one = 第一次上门要两个人，同伴定了再去。
errand-give-back = { $day }去{ $place }这一趟，您去不了，对吗？
errand-how-long = 辛苦了。用了多长时间？
errand-time-unknown = 请说用了几个小时，比如“一个小时”。
choice-minutes-30 = 半小时
choice-minutes-60 = 一小时
choice-minutes-120 = 两小时
errand-reported = 好，记下了，谢谢您。
errand-hours = 您一共服务了{ $hours }小时{ $minutes }分钟。
every-7 = 个星期
every-14 = 两个星期
every-30 = 个月
profile-read-back = 每{ $every }给您选一本{ $subjects }的书，送到{ $address }，不要的可以换。对吗？
profile-set = 好了。选好了就告诉您，不要的话说“不要”，就换一本。
profile-is = 现在每{ $every }给您选一本{ $subjects }的书。不想要了，就说“停掉定期选书”。
profile-none = 还没有定期给您选书。想要就说“每个月给我选一本历史书”。
ask-profile-subject = 想看哪方面的书？比如历史、养生、小说。
profile-end-read-back = 以后不再定期给您选书了，对吗？
profile-ended = 好，以后不再定期选书了。
parcel-another = 好，{ $not }不要了。换成{ $title }，要吗？
parcel-vetoed = 好，{ $title }不要了。有合适的再告诉您。
parcel-ordered = 好，{ $title }{ $day }{ $window }送到，暗号{ $code }。
parcel-none = 现在没有给您选好、还没送的书。
parcel-late = { $title }已经约好{ $day }送了。要取消吗？
parcel-waiting = 给您选的是{ $title }，您不说不要，{ $day }就约送书。要吗？
data-exported = 我们存着您的{ $cards }张读者证、{ $addresses }个地址、{ $loans }条借书记录、{ $holds }条预约。
data-person = 姓名：{ $name }。电话：{ $phone }。
    .spoken = { "" }
data-none = 没有
timbre-own = 原来的
timbre-woman = 女声
timbre-man = 男声
verbosity-short = 简短
verbosity-normal = 正常
verbosity-long = 详细
data-on = 开
data-off = 关
data-setting = { $setting }：{ $value }
data-rest = 还有：通知{ $notices }条，办事记录{ $audit }条，停借{ $blocks }条，委托{ $delegations }条，绑定码{ $link_codes }个，消息{ $messages }条。
    .spoken = { "" }
data-cards = { $more ->
    [0] 读者证：{ $these }。
   *[other] 读者证：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-addresses = { $more ->
    [0] 地址：{ $these }。
   *[other] 地址：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-loans = { $more ->
    [0] 借过的书：{ $these }。
   *[other] 借过的书：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-holds = { $more ->
    [0] 预约过的书：{ $these }。
   *[other] 预约过的书：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-deliveries = { $more ->
    [0] 送过的书：{ $these }。
   *[other] 送过的书：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-events = { $more ->
    [0] 报过名的活动：{ $these }。
   *[other] 报过名的活动：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-listened = { $more ->
    [0] 听过的书：{ $these }。
   *[other] 听过的书：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-settings = { $more ->
    [0] 设置：{ $these }。
   *[other] 设置：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-consents = { $more ->
    [0] 您同意过的事：{ $these }。
   *[other] 您同意过的事：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-words = { $more ->
    [0] 您让图书馆知道的话：{ $these }。
   *[other] 您让图书馆知道的话：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
data-said = { $more ->
    [0] 最近说过的话：{ $these }。
   *[other] 最近说过的话：{ $these }，另外还有{ $more }样。
 }
    .spoken = { "" }
preference-locale = 语言
preference-rate = 语速
preference-verbosity = 说多说少
preference-volume = 音量
preference-timbre = 说话的声音
preference-voice-reply = 语音回复
preference-quiet-from = 免打扰开始
preference-quiet-to = 免打扰结束
preference-reminders = 还书提醒
preference-auto-renew = 自动续借
preference-reminder-days = 提前几天提醒
preference-titles-in-pushes = 通知里写书名
preference-topics = 订阅的活动
preference-broadcasts = 图书馆公告
preference-region = 口音
consent-keep-recording = 留下录音
consent-titles-in-pushes = 通知里写书名
data-whole = 完整的一份可以请图书管理员打印给您。
    .short = { "" }
forget-read-back = 我会删掉您的姓名、地址、预约和设置，删了就找不回来。真的要删吗？
drop-recordings-read-back = 要把您录给图书管理员听的话删掉吗？删了就找不回来。
recordings-dropped = 删掉了，您的录音不再留着。
no-recordings-kept = 没有留着您的录音。
forgotten = 都删掉了。以后想借书，再到图书馆办证。

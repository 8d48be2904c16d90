hold-read-back = 我把{ $title }留在{ $place }给您取。对吗？
hold-read-back-day = 我把{ $title }留在{ $place }给您取，{ $day }能取。对吗？
hold-read-back-estimated = 我把{ $title }留在{ $place }给您取，有的还没还回来，估计{ $day }能取齐。对吗？
hold-read-back-wait = { $title }都借出去了，我给您排上队，估计{ $day }在{ $place }能取。对吗？
hold-done = 预约好了，{ $title }到了{ $place }我告诉您。
hold-done-day = 预约好了，{ $title }预计{ $day }到{ $place }，到了我告诉您。
hold-done-queue = 排上队了，{ $title }您排第{ $queue }位，到了{ $place }我告诉您。
hold-done-queue-day = 排上队了，{ $title }您排第{ $queue }位，估计{ $day }到{ $place }。
pickup-points = 这几处都能取书，离您近的在前面。您想在哪里取？
pickup-points-count = 一共有{ $count }处可以取书，离您近的是这几处。
pickup-points-own = 您平时在{ $place }取。
not-a-pickup-point = { $place }不能取书。您想在哪里取？
ask-which-pickup = 您想在哪里取书？
choice-place = { $place }
no-holds = 您现在没有预约。
holds-stay = 好，不取消，预约都留着。
holds-count = { $ready ->
    [0] 您有{ $count }个预约，都还没到。
   *[other] 您有{ $count }个预约，{ $ready }个已经到了。
 }
    .short = { "" }
ask-more = 后面还有，要听就说“还有吗”。
    .short = { "" }
choice-hold = { $title }，{ $state }
hold-ready = 到了，在{ $place }等您取
hold-ready-until = 到了，在{ $place }，请在{ $day }之前取
hold-resting = 暂停到{ $day }
hold-resting-open = 暂停着
hold-queue = 还没到，您排第{ $queue }位
hold-queue-day = 还没到，您排第{ $queue }位，估计{ $day }
hold-coming = 还没到，正往{ $place }送
hold-coming-day = 还没到，预计{ $day }到{ $place }
hold-by-delivery = 送到家，{ $day }到
hold-waiting = 还没到
hold-what-to-do = 不要了就说“取消预约”，暂时不要就说“暂停预约”。
no-such-hold = 您没有这个预约。您有的是：
ask-which-hold-cancel = 要取消哪一个？
ask-which-hold-suspend = 要暂停哪一个？
hold-cancel-read-back = 取消{ $title }的预约。对吗？
hold-cancelled = { $title }的预约取消了。
hold-suspend-read-back = 把{ $title }的预约暂停到{ $day }，排的位置不变。对吗？
hold-suspended = { $title }的预约暂停到{ $day }，位置给您留着。

deliver-read-back = 我把{ $title }送到{ $address }，{ $day }{ $window }到，{ $fee }。对吗？
deliver-read-back-wait = { $title }现在都借出去了，估计{ $day }{ $window }能送到{ $address }，{ $fee }。要我这样办吗？
deliver-read-back-new = 我把{ $title }送到{ $address }，由{ $place }送，{ $day }{ $window }到，{ $fee }。对吗？
deliver-read-back-wait-new = { $title }现在都借出去了，估计{ $day }{ $window }能由{ $place }送到{ $address }，{ $fee }。要我这样办吗？
choice-yes-keep = 以后也送这里
    .spoken = { "" }
deliver-keep-hint = 以后都送这里，就说“以后也送这里”。
    .short = { "" }
address-saved = 这个地址记在您的读者证上了。
deliver-ask-address = 您的读者证上还没有地址，请说镇、村或路，还有门牌号。
deliver-which-address = 送到哪里？请说镇、村或路，还有门牌号。
deliver-address-unknown = 我没听出这个地址。请说镇、村或路，还有门牌号。
deliver-address-which-town = “{ $place }”是在哪个镇？请连镇名一起说。
deliver-address-more = 送到{ $place }的哪里？请连路名和门牌号一起说。
deliver-address-outside = 真不好意思，还没有人往“{ $place }”送书，请说别的地址，或者到馆取。
deliver-address-unwritten = 这个地址我写不下来。请您打字告诉我，或者到馆取。
day-is-past = { $day }已经过了，送不了。
day-not-known = 我没听出是哪一天，请说几月几号，或者星期几。
deliver-next-round = { $wished }没有送书的车，下一趟是{ $day }。
deliver-not-sooner = 最早要到{ $day }。
deliver-done = 约好了，{ $title }{ $day }{ $window }送到。送书人会说暗号{ $code }。
ask-which-address = 送到哪个地址？
choice-address = { $address }
no-deliveries = 您现在没有要送的书。
no-such-delivery = 没有找到这次送书。
delivery-count = 有{ $count }次送书。
    .short = { "" }
delivery-bring-requested = { $titles }，{ $day }{ $window }送到{ $address }，暗号{ $code }。
delivery-bring-dispatched = { $titles }已经在路上了，{ $day }{ $window }到，暗号{ $code }。
delivery-bring-missed = { $titles }上次没送成，家里没人。{ $day }{ $window }再送。
delivery-fetch-requested = { $titles }，{ $day }{ $window }上门取。
delivery-fetch-dispatched = 取书的人已经出发了，来取{ $titles }。
delivery-fetch-missed = 上次没取成{ $titles }，{ $day }再来。
ask-which-delivery = 是哪一次？
choice-delivery = { $titles }，{ $day }送
choice-fetch = { $titles }，{ $day }来取
ask-what-to-change = 您要改日子，还是不送了？
choice-other-day = 改日子
choice-call-off = 不送了
ask-which-day = 改到哪一天？
change-read-back = { $titles }改成{ $day }{ $window }送，送到{ $address }。对吗？
change-done = 改好了，{ $day }{ $window }送到{ $address }，暗号{ $code }。
call-off-read-back = 不送{ $titles }了。对吗？
call-off-done = 好，{ $titles }不送了。
fetch-read-back = { $count ->
    [1] { $titles }，{ $day }上门取，到{ $address }。对吗？
    [2] { $titles }，{ $day }上门取，到{ $address }。对吗？
    [3] { $titles }，{ $day }上门取，到{ $address }。对吗？
   *[other] { $day }上门取{ $count }本书，到{ $address }。对吗？
 }
fetch-done = 约好了，{ $day }上门取{ $count }本书。
fetch-swap = 送书的时候一起带走，在那之前不算过期。

nothing-at-home = 您现在没有借书。
loans-count = { $overdue ->
    [0] 您借了{ $count }本书。
   *[other] 您借了{ $count }本书，{ $overdue }本过期了。
 }
loans-left = 还能再借{ $left }本。
choice-loan = { $title }，{ $state }
loan-due = { $day }到期
loan-overdue = 过期{ $days }天了
ask-renew = 要续借，就说“全部续借”，或者说第几本。
    .short = 要续借吗？说第几本。
ask-more-loans = 后面还有，说“还有吗”；要续借，说第几本。
ask-which-loan = 续借哪一本？
no-such-loan = 您没有借这本，您借了的是：
renew-read-back = 把{ $title }续到{ $day }。对吗？
renew-all-read-back = { $count }本全部续借：{ $titles }。对吗？
renew-many-read-back = { $count }本全部续借。对吗？
cannot-renew = { $title }续不了：{ $why }。
renewed = { $title }续到{ $day }了。
renewed-several = { $count }本都续到{ $day }了。
not-renewed = { $title }没续成：{ $why }。
why-others-waiting = 有人在等
why-renewed-often = 已经续过{ $limit }次了
why-long-overdue = 过期太久了
why-already-renewed = 今天已经续过了
why-blocked = 您的证暂时不能借书
why-nothing-on-loan = 已经还了
why-loan-refused = 图书馆不让续
return-anywhere = 哪个馆都能还。
return-place = { $place }，今天{ $hours }。
return-or-fetched = 也可以说“上门取书”，我们来拿。
    .short = { "" }

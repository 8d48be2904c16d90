### 网页上的字：标题、提示、按钮、差错。只有网页用得到的话在这里；对话里的回答在别的文件里。

page-title = 书声，和图书馆说话
page-name = 书声
page-tagline = 想借什么书，说一声或者写下来，图书馆送到家。
page-skip = 跳到写字的地方
page-log = 对话
page-you = 您：
page-library = 书声：
page-welcome = 您好，这里是书声，我替您找书、借书、送书上门。想看什么书，请写下来，或者录下来告诉我。不用登录也能找书。
page-voice-note = （一段录音）
page-voice-heard = （录音）我听到：{ $text }

page-examples = 可以这样说：“我想借三体”、“我借了哪些书”、“附近有什么活动”。
page-say-label = 您想说什么
page-secret-label = 请输入密码（不会显示出来）
page-send = 发送
page-choices = 可以直接选
page-choice = { $number }. { $label }

page-voice-file = 选一段录音，或者现在录
page-voice-send = 发送录音
page-record = 录音：点一下开始，或者按住说
page-record-stop = 停止录音并发送
page-record-cancel = 不要这段录音
page-recording = 正在录音，最多一分钟。
page-record-ending = 还能录十秒。
page-recorded = 录音好了，正在发送。
page-still-sending = 网络有点慢，录音还在发送，请稍等。
page-record-cancelled = 录音没有发送。
page-record-short = 录音太短了，请说完再停。
page-mic-denied = 浏览器不允许用麦克风。请在浏览器的设置里允许，或者选一段录音，或者写字。
page-mic-missing = 没有找到麦克风。可以选一段录音，或者写字。
page-mic-insecure = 这个网址不是加密的（https），浏览器不让录音。可以选一段录音，或者写字。
page-mic-failed = 麦克风现在用不了。可以选一段录音，或者写字。

page-listen = 听回答
page-play = 听最后一条回答
page-stop = 停止朗读
page-aloud = 新回答自动念出来
page-rate = 朗读快慢
page-rate-slow = 慢
page-rate-normal = 正常
page-rate-fast = 快
page-rate-faster = 很快
page-no-sound = 这一条现在念不出来，请看文字。

page-settings = 字的大小、颜色
page-size = 字的大小
page-size-1 = 大
page-size-2 = 更大
page-size-3 = 特大
page-size-4 = 最大
page-tone = 颜色
page-tone-auto = 跟手机或电脑一样
page-tone-light = 白底黑字
page-tone-dark = 黑底白字
page-tone-contrast = 黑底黄字
page-languages = 语言

page-sent = 已发送。
page-waiting = 还在办，请稍等一下。
page-refresh = 看看有没有回答
page-offline = 现在没有网络。您的话记下了，网络一通就自动发出去。
page-reconnecting = 正在重新连接。
page-back = 又连上了。

page-empty = 还没有写字。请先写下您想说的，再按发送。
page-too-long = 写得太长了，一次最多一万字。请写短一点再发。
page-no-recording = 还没有选录音。请先选一段录音，再按发送。
page-recording-too-big = 这段录音太大了。请录一分钟以内的。
page-unreadable = 这次没有收到完整的内容，请再发一次。
page-too-fast = 发得有点快，请等 { $seconds } 秒再发。您写的字还在。
page-stale = 这个页面放得太久了，刚才没有发出去。请再按一次发送。
page-foreign = 这个请求不是从书声的页面发来的，所以没有办理。请回到书声再试。
page-busy = 现在有点忙，刚才没有发出去。您写的字还在，请过一会儿再发。
page-failed-title = 没有办成
page-not-found-title = 没有这个页面
page-not-found = 这个网址没有内容。请回到书声，想借什么书直接说。
page-not-so = 这个网址不能这样打开。请回到书声。
page-home = 回到书声
page-leave-title = 用完了
page-leave-note = 在公用的电脑或手机上，用完请按这里：这里的对话会清空，读者证也退出来。
page-leave = 结束并清空
page-left = 已经结束了，这里的对话清空了，读者证也退出来了。

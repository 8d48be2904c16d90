# Only what conversion of script does not give; everything else comes from zh-CN.
language-set = 好，我用繁體字回覆您。
format-large-print = 大字版
format-braille = 點字版
play-link = { $title }在這裡聽：{ $link }
    .spoken = { $title }，連結傳給您了。
# 幺 is not said in Taiwan.
speech-digits = 零 一 二 三 四 五 六 七 八 九

"""The page in Chromium: by keyboard alone, without JavaScript, over a bad line, with axe in every state."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from bot.channels.web.tables import WebMessage
from bot.messages import Message
from tests.bot.web.conftest import until

LOG = "[role=log] .line"


def say(page: Page, words: str) -> None:
    page.fill("#say", words)
    page.press("#say", "Enter")


def own_words(served) -> list[str]:
    with served.sessions() as session:
        return list(session.scalars(select(WebMessage.text).where(WebMessage.who == "patron")))


def no_violation(page: Page) -> None:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> None:
    """Nothing needs scrolling sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_typing_and_choosing(serve, page):
    page.goto(serve().url)
    say(page, "找书")
    expect(page.locator(LOG).last).to_contain_text("找到三本")
    expect(page.locator("#buttons button")).to_have_text(
        ["1. 活着，余华，大字本", "2. 三体，刘慈欣", "3. 平凡的世界，路遥"]
    )
    assert page.locator("[role=log] button").count() == 0
    page.click("#buttons button:nth-child(2)")
    expect(page.locator(LOG).nth(-2)).to_have_text("您： 2. 三体，刘慈欣")
    expect(page.locator(LOG).last).to_have_text("书声： 您选了第 2 本。")
    expect(page.locator("#buttons button")).to_have_text(["1. 是", "2. 不"])
    page.reload()
    expect(page.locator(LOG)).to_have_count(5)
    expect(page.locator("#buttons button")).to_have_text(["1. 是", "2. 不"])


def test_by_keyboard_alone_and_the_focus_stays(serve, page):
    page.goto(serve().url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    until(page, lambda: page.evaluate("location.hash === '#say'"))
    page.keyboard.press("Tab") if page.evaluate("document.activeElement.id") != "say" else None
    expect(page.locator("#say")).to_be_focused()
    page.keyboard.type("找书")
    page.keyboard.press("Enter")
    expect(page.locator("#buttons button")).to_have_count(3)
    expect(page.locator("#say")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#buttons button").last).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    page.keyboard.press("Enter")
    expect(page.locator(LOG).last).to_contain_text("第 3 本")
    expect(page.locator("#buttons")).to_be_focused()  # the pressed button is gone: its place keeps the focus
    page.keyboard.press("Tab")
    expect(page.locator("#buttons button").first).to_be_focused()


def test_what_is_announced(serve, page):
    page.goto(serve().url)
    page.evaluate(
        """() => {
          window.heard = [];
          const watch = (id) => new MutationObserver((changes) => changes.forEach((change) =>
            change.addedNodes.forEach((node) => window.heard.push(id + ": " + node.textContent.trim())))
          ).observe(document.getElementById(id), { childList: true });
          watch("log"); watch("status");
        }"""
    )
    for lines in (3, 5):
        say(page, "三体")
        expect(page.locator(LOG)).to_have_count(lines)
    heard = page.evaluate("window.heard")
    assert heard.count("log: 您： 三体") == 2
    assert heard.count("log: 书声： 您说的是：三体") == 2, "identical texts are new nodes, so they are announced again"
    say(page, "不答")
    expect(page.locator("#status")).to_have_text("已发送。")


def test_reading_order_for_a_screen_reader(serve, page):
    page.goto(serve().url)
    say(page, "找书")
    expect(page.locator("#buttons button")).to_have_count(3)
    tree = page.locator("body").aria_snapshot()
    order = [
        'link "跳到写字的地方"',
        'heading "书声"',
        'log "对话"',
        "您好，这里是书声",
        "要哪一本？",
        "status",
        'group "可以直接选"',
        'button "1. 活着，余华，大字本"',
        'textbox "您想说什么"',
        'button "发送"',
        'button "录音：点一下开始，或者按住说"',
        'heading "听回答"',
        'heading "字的大小、颜色"',
        'heading "用完了"',
        'button "结束并清空"',
    ]
    places = [tree.find(one) for one in order]
    assert -1 not in places, dict(zip(order, places, strict=True))
    assert places == sorted(places), tree


STATES = {
    "empty": [],
    "choices": ["找书"],
    "secret": ["办证"],
    "link": ["听书"],
    "two languages": ["English"],
}


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(serve, page, state):
    page.goto(serve().url)
    for words in STATES[state]:
        say(page, words)
        expect(page.locator(LOG)).to_have_count(3)
    expect(page.locator("#status")).to_be_empty()
    no_violation(page)
    for tone in ("dark", "contrast") if state == "choices" else ():
        page.click(f"button[value={tone}]")
        no_violation(page)


@pytest.mark.parametrize("size", ["1", "4"])
def test_at_400_percent_and_on_a_narrow_phone_nothing_is_cut_off(serve, context, page, size):
    page.goto(serve().url)
    say(page, "找书")
    expect(page.locator("#buttons button")).to_have_count(3)
    page.click(f"button[name=size][value='{size}']")
    for width, height in ((320, 256), (320, 640), (360, 740)):  # 1280 x 1024 at 400 % is 320 x 256
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, input:not([type=hidden]), audio")]
              .filter((one) => one.offsetParent)
              .map((one) => [one.id || one.textContent, one.getBoundingClientRect()])
              .filter(([, box]) => box.width < 44 || box.height < 43.5 || box.right > innerWidth + .5)"""
        )
        assert small == []
    page.set_viewport_size({"width": 320, "height": 256})
    no_violation(page)
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 20


def test_at_400_percent_a_long_answer_is_read_from_its_beginning(serve, page):
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(serve().url)
    page.click("button[name=size][value='4']")
    say(page, "找书")
    expect(page.locator("#buttons button")).to_have_count(3)
    answer = page.locator(LOG).last.bounding_box()
    assert answer["height"] > 256 > answer["y"] + 100 and answer["y"] >= 0


def test_dark_where_the_device_is_dark(serve, open_context):
    page = open_context(color_scheme="dark").new_page()
    page.goto(serve().url)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    no_violation(page)


def test_without_javascript(serve, open_context):
    served = serve()
    page = open_context(java_script_enabled=False, viewport={"width": 360, "height": 740}).new_page()
    page.goto(served.url)
    expect(page.locator("#voice-form")).to_be_visible()
    page.fill("#say", "找书")
    page.click("text=发送 >> nth=0")
    expect(page.locator(LOG).last).to_contain_text("找到三本")
    assert page.url == served.url + "/#latest"
    page.click("text=2. 三体，刘慈欣 >> nth=-1")
    expect(page.locator(LOG).last).to_contain_text("第 2 本")
    expect(page.locator("audio")).to_have_attribute("src", "/sound/4")
    page.set_input_files("#voice", {"name": "a.ogg", "mimeType": "audio/ogg", "buffer": b"OggS" + bytes(100)})
    page.click("text=发送录音")
    expect(page.locator(LOG).last).to_contain_text("104 个字节")
    page.click("text=English")
    expect(page.locator("h1")).to_have_text("Shusheng 书声")
    page.click("text=Largest")
    expect(page.locator("html")).to_have_attribute("data-size", "4")
    page.goto(served.url + "/nowhere")
    expect(page.locator("h1")).to_have_text("No such page")


def test_without_javascript_an_answer_that_takes_long_is_a_press_away(serve, open_context):
    """Bug: the link led to the very address one was at, and a browser does not load that again."""
    served = serve(patience_s=0.1)
    page = open_context(java_script_enabled=False).new_page()
    page.goto(served.url)
    served.answering.clear()
    page.fill("#say", "找书")
    page.press("#say", "Enter")
    expect(page.locator("#refresh")).to_be_visible()
    for _ in range(2):
        page.click("#refresh")
        page.wait_for_load_state()
        expect(page.locator("#refresh")).to_be_visible()
    served.answering.set()
    until(page, lambda: served.rows()[-1].status == "done" and len(served.lines()) == 2)
    page.click("#refresh")
    expect(page.locator(LOG).last).to_contain_text("找到三本")


def test_the_language_switch(serve, page):
    served = serve()
    page.goto(served.url)
    page.click("text=繁體中文")
    expect(page.locator("#say-label")).to_have_text("您想說什麼")
    assert page.locator("html").get_attribute("lang") == "zh-Hant"
    page.click("text=English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    say(page, "找书")
    expect(page.locator(LOG).last.locator("span")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(LOG).last).to_contain_text("Library: 找到三本")


def test_a_pin_is_typed_unseen(serve, page):
    served = serve()
    page.goto(served.url)
    say(page, "办证")
    expect(page.locator("#say")).to_have_attribute("type", "password")
    expect(page.locator("#say-label")).to_have_text("请输入密码（不会显示出来）")
    say(page, "481632")
    expect(page.locator("#say")).to_have_attribute("type", "text")
    expect(page.locator(LOG).nth(-2)).to_have_text("您： ••••")
    assert page.evaluate("JSON.stringify(sessionStorage)").find("481632") == -1
    expect(page.locator(LOG)).to_have_count(5)
    say(page, "密码 271828")
    expect(page.locator(LOG)).to_have_count(7)
    expect(page.locator(LOG).nth(-2)).to_have_text("您： ••••")
    assert "271828" not in page.content()


def test_nothing_is_lost_when_the_line_breaks(serve, page, context):
    served = serve()
    page.goto(served.url)
    context.set_offline(True)
    say(page, "三体")
    say(page, "活着")
    expect(page.locator("#status")).to_contain_text("现在没有网络")
    assert own_words(served) == []
    context.set_offline(False)
    expect(page.locator(LOG)).to_have_count(5)
    assert own_words(served) == ["三体", "活着"]


def test_what_was_not_sent_survives_a_reload(serve, page, context):
    served = serve()
    page.goto(served.url)
    page.route("**/say", lambda route: route.abort())
    say(page, "三体")
    expect(page.locator("#status")).to_contain_text("现在没有网络")
    page.unroute("**/say")
    page.reload()
    expect(page.locator(LOG).last).to_contain_text("您说的是：三体")


@pytest.mark.parametrize("news", ["before the answer", "after the answer"])
def test_a_receipt_that_got_lost_does_not_double(serve, page, news):
    served = serve()
    page.goto(served.url)
    tries = []

    def lose_first(route):
        tries.append(1)
        if len(tries) == 1:
            route.fetch()  # it arrives, but the browser never hears so
            if news == "after the answer":
                expect(page.locator(LOG)).to_have_count(3)
            route.abort()
        else:
            route.continue_()

    page.route("**/say", lose_first)
    say(page, "三体")
    until(page, lambda: len(tries) == 2)
    until(page, lambda: page.evaluate("sessionStorage.getItem('shusheng.unsent') === '[]'"))
    expect(page.locator("#status")).to_be_empty()
    expect(page.locator(LOG)).to_have_count(3)
    assert len(tries) == 2 and own_words(served) == ["三体"]


def test_the_stream_comes_back_and_catches_up(serve, page, context):
    served = serve()
    page.goto(served.url)
    say(page, "一")
    expect(page.locator(LOG)).to_have_count(3)
    address = served.address()
    lost = []
    page.route("**/events*", lambda route: (lost.append(1), route.abort()))
    served.loop.call_soon_threadsafe(served.web._parts.bells.end_streams, address)
    until(page, lambda: lost)
    served.push(address, Message("您预约的书到了。", "到了。"))
    expect(page.locator(LOG)).to_have_count(3)
    page.unroute("**/events*")
    expect(page.locator(LOG).last).to_have_text("书声： 您预约的书到了。")


def test_two_tabs_both_get_everything(serve, page, context):
    served = serve()
    page.goto(served.url)
    other = context.new_page()
    other.goto(served.url)
    say(page, "找书")
    for one in (page, other):
        expect(one.locator(LOG)).to_have_count(3)
        expect(one.locator("#buttons button")).to_have_count(3)


def test_a_page_left_open_for_weeks_still_sends(serve, page, context):
    page.goto(serve().url)
    say(page, "活着")
    expect(page.locator(LOG)).to_have_count(3)
    context.clear_cookies()
    say(page, "三体")
    expect(page.locator(LOG).last).to_contain_text("您说的是：三体")
    expect(page.locator(LOG)).to_have_count(5)


def test_who_has_finished_leaves_nothing_behind_in_any_tab(serve, page, context):
    served = serve()
    page.goto(served.url)
    other = context.new_page()
    other.goto(served.url)
    say(page, "我的书")
    for one in (page, other):
        expect(one.locator(LOG)).to_have_count(3)
    page.click("text=结束并清空")
    expect(page.locator("#status")).to_contain_text("清空了")
    for one in (page, other):
        expect(one.locator(LOG)).to_have_count(1)
        assert "我的书" not in one.content()
    no_violation(page)
    page.go_back()
    expect(page.locator(LOG)).to_have_count(1)
    assert "我的书" not in page.content() and served.lines() == []
    say(other, "下一位")
    expect(other.locator(LOG)).to_have_count(3)


def test_who_has_finished_leaves_nothing_behind_without_javascript(serve, open_context):
    page = open_context(java_script_enabled=False).new_page()
    page.goto(serve().url)
    page.fill("#say", "我的书")
    page.press("#say", "Enter")
    expect(page.locator(LOG)).to_have_count(3)
    page.click("text=结束并清空")
    expect(page.locator("#status")).to_contain_text("清空了")
    expect(page.locator(LOG)).to_have_count(1)
    page.go_back()
    expect(page.locator(LOG)).to_have_count(1)


def test_wrong_words_are_given_back(serve, page):
    page.goto(serve().url)
    page.click("text=发送 >> nth=0")
    expect(page.locator("#status")).to_contain_text("还没有写字")
    say(page, "长" * 10_001)
    expect(page.locator("#status")).to_contain_text("太长")
    assert len(page.input_value("#say")) == 10_001


def test_hostile_words(serve, page):
    page.goto(serve().url)
    for words in ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "javascript:alert(1)"):
        say(page, words)
        expect(page.locator(LOG).last).to_contain_text(words)
    page.reload()
    expect(page.locator(LOG).last).to_contain_text("javascript:")
    assert page.locator("[role=log] img, [role=log] script, [role=log] a").count() == 0
    say(page, "听书")
    expect(page.locator("[role=log] a")).to_have_attribute("href", "https://librivox.org/x?a=1&b=2")


def test_a_real_recording(serve, page):
    served = serve()
    page.goto(served.url)
    expect(page.locator("#voice-form")).to_be_hidden()
    page.focus("#record")
    page.keyboard.press("Enter")
    expect(page.locator("#record")).to_have_text("停止录音并发送")
    expect(page.locator("#record-note")).to_contain_text("最多一分钟")
    no_violation(page)
    page.wait_for_timeout(1500)
    page.keyboard.press("Enter")
    expect(page.locator(LOG).nth(1)).to_have_text("您： （录音）我听到：我想借三体")
    expect(page.locator(LOG).last).to_contain_text("听到了一段录音")
    expect(page.locator("#record")).to_be_focused()
    [row] = served.rows()
    assert row.sound is None and row.body == {}
    page.set_viewport_size({"width": 320, "height": 256})
    fits(page)
    no_violation(page)


def test_recordings_are_real_sound(serve, page):
    import io

    import av

    notes: list[tuple[str, bytes]] = []

    def keep(body, sound):
        notes.append((str(body["hear"]), sound))
        return Message("好。", "好。")

    page.goto(serve(answer=keep).url)
    page.locator("#record").hover()
    page.mouse.down()  # hold and let go
    expect(page.locator("#record-cancel")).to_be_visible()
    page.wait_for_timeout(1500)
    page.mouse.up()
    expect(page.locator(LOG).last).to_have_text("书声： 好。")
    page.click("#record")  # tap to start, tap to stop
    expect(page.locator("#record-cancel")).to_be_visible()
    page.wait_for_timeout(1200)
    page.click("#record")
    expect(page.locator(LOG)).to_have_count(5)
    for media_type, sound in notes:
        assert media_type.startswith("audio/webm")
        with av.open(io.BytesIO(sound), format="matroska") as file:
            seconds = sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))
        assert 0.8 < seconds < 60


def test_a_recording_thrown_away(serve, page):
    served = serve()
    page.goto(served.url)
    page.click("#record")
    expect(page.locator("#record-cancel")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#status")).to_contain_text("录音没有发送")
    assert served.rows() == []


def test_who_lets_go_before_the_microphone_is_there_is_not_recorded(serve, page):
    """Bug: on a slow device the recording began after the button had been let go, and went on for a minute."""
    page.add_init_script(
        """const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) => new Promise((found) => { window.microphone = found; })
          .then(() => real(wanted));"""
    )
    served = serve()
    page.goto(served.url)
    page.locator("#record").hover()
    page.mouse.down()
    page.wait_for_timeout(600)  # longer than a tap
    page.mouse.up()
    page.evaluate("window.microphone()")
    expect(page.locator("#status")).to_contain_text("太短")
    expect(page.locator("#record-cancel")).to_be_hidden()
    assert served.rows() == []


def test_a_microphone_that_is_not_allowed(serve, open_context):
    page = open_context(permissions=[]).new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page.goto(serve().url)
    page.click("#record")
    expect(page.locator("#status")).to_contain_text("不允许用麦克风")
    expect(page.locator("#voice-form")).to_be_visible()
    no_violation(page)


def test_an_address_without_encryption_has_no_microphone(serve, page):
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.goto(serve().url)
    expect(page.locator("#record-note")).to_contain_text("https")
    expect(page.locator("#voice-form")).to_be_visible()
    page.set_input_files("#voice", {"name": "a.ogg", "mimeType": "audio/ogg", "buffer": b"OggS" + bytes(100)})
    page.click("text=发送录音")
    expect(page.locator(LOG).last).to_contain_text("听到了一段录音")


def test_replies_are_read_aloud_only_where_switched_on(serve, page):
    served = serve()
    page.goto(served.url)
    say(page, "三体")
    expect(page.locator(LOG)).to_have_count(3)
    page.wait_for_timeout(300)
    assert served.spoken == []
    page.evaluate(
        """() => {
          window.shown = [];
          const note = () => window.shown.push(document.getElementById("play").textContent);
          new MutationObserver(note).observe(document.getElementById("play"), { childList: true });
        }"""
    )
    ended = "window.shown.includes('停止朗读') && window.shown.at(-1) === '听最后一条回答'"
    page.click("#play")
    until(page, lambda: page.evaluate(ended))
    assert served.spoken == ["您说的是 三体"]
    page.evaluate("window.shown.length = 0")
    page.click("#aloud")
    with page.expect_response(lambda answer: "rate=faster" in (answer.request.post_data or "")):
        page.click("button[value=faster]")
    say(page, "活着")
    until(page, lambda: page.evaluate(ended))
    assert served.spoken == ["您说的是 三体", "您说的是 活着"]
    page.reload()
    expect(page.locator("button[value=faster]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#aloud")).to_have_attribute("aria-pressed", "true")
    assert json.loads(page.locator("#words").text_content())


def test_the_pace_of_the_talk_and_of_the_page_together_stay_in_bounds(serve, page):
    """Bug: who had asked for three times the speed and pressed "very fast" heard it nine times as fast."""
    page.add_init_script(
        """window.rates = [];
        const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {
          window.rates.push(this.playbackRate);
          return play.call(this);
        };"""
    )
    page.goto(serve(answer=lambda body, sound: Message("好。", "好。", pace=float(str(body["say"])))).url)
    rates = {"1": {"slow": 0.6, "normal": 1, "fast": 1.7, "faster": 3}, "3": {"slow": 0.6, "normal": 1, "faster": 1}}
    for count, (pace, named) in enumerate(rates.items(), 1):
        say(page, pace)
        expect(page.locator(LOG)).to_have_count(1 + 2 * count)
        for name, heard in named.items():
            page.click(f"button[value={name}]")
            page.evaluate("window.rates.length = 0")
            if page.locator("#play").text_content() == "停止朗读":
                page.click("#play")
            page.click("#play")
            until(page, lambda: page.evaluate("window.rates.length"))
            assert page.evaluate("window.rates[0]") == pytest.approx(heard)
    page.reload()
    page.click("#play")
    until(page, lambda: page.evaluate("window.rates.length"))
    assert page.evaluate("window.rates[0]") == pytest.approx(1), "3 times 3 is held at 3"


def test_without_a_voice_a_sentence_says_so(serve, page):
    def dumb(*given):
        raise RuntimeError

    page.goto(serve(pieces=dumb).url)
    say(page, "三体")
    page.click("#play")
    expect(page.locator("#status")).to_contain_text("念不出来")


def test_it_works_where_storage_is_switched_off(serve, context: BrowserContext):
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'sessionStorage', { get() { throw new Error('off') } })")
    page.goto(serve().url)
    say(page, "三体")
    expect(page.locator(LOG).last).to_contain_text("您说的是：三体")

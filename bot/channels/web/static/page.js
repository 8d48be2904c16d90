/* The chat page with JavaScript: nothing has to be loaded again, nothing is lost on a bad line, and one may speak.
   Without this file everything still works by forms. It never moves the focus and puts no button into the log. */
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse($("words").textContent);
  const root = document.documentElement;
  const log = $("log"), input = $("say"), choices = $("choices"), status = $("status");
  let csrf = document.querySelector("input[name=csrf]").value;
  let seen = Number(log.dataset.seq), talk = log.dataset.talk;
  let secret = input.type === "password";
  let lastSpoken = 0, lastPace = 1;

  /* ---- what is announced ---- */
  let saying = 0;
  function announce(text) {
    clearTimeout(saying);
    status.textContent = "";
    // a new node after a pause, so that the same sentence is announced again
    saying = setTimeout(() => {
      const span = document.createElement("span");
      span.textContent = text;
      status.textContent = "";
      status.append(span);
    }, 80);
  }

  /* ---- the log ---- */
  function addLine(line) {
    if (line.seq <= seen) return;
    seen = line.seq;
    const block = document.createElement("div");
    block.className = "line " + line.who;
    block.dataset.line = line.seq;
    const p = document.createElement("p"), who = document.createElement("b"), said = document.createElement("span");
    who.textContent = line.who === "patron" ? words.you : words.library;
    if (line.lang !== root.lang) said.lang = line.lang;
    for (const [text, address] of line.parts) {
      if (address) {
        const a = document.createElement("a");
        a.href = address;
        a.rel = "noreferrer";
        a.textContent = text;
        said.append(a);
      } else said.append(text);
    }
    p.append(who, " ", said);
    block.append(p);
    log.append(block);
    if (line.who === "library") answered(line, block);
  }

  function answered(line, block) {
    clearTimeout(waiting);
    clearTimeout(saying);
    status.textContent = "";
    if (line.asks) { offer(line); setSecret(line.secret); }
    if (line.spoken) {
      lastSpoken = line.seq;
      lastPace = line.pace;
      $("play").hidden = false;
      if (aloud()) play(line.seq);
    }
    if (asked) {
      // the answer to what was just sent comes into sight: with the field below it where both fit, its beginning if not
      $("record-row").scrollIntoView({ block: "nearest", behavior: "instant" });
      const place = block.offsetHeight > innerHeight - 40 ? "start" : "nearest";
      block.scrollIntoView({ block: place, behavior: "instant" });
    }
    asked = false;
  }

  function offer(line) {
    const box = $("buttons"), held = choices.contains(document.activeElement);
    choices.elements.offer.value = line.offer;
    const buttons = line.choices.map((label, at) => {
      const button = document.createElement("button");
      button.name = "choose";
      button.value = at + 1;
      button.textContent = label;
      if (line.lang !== root.lang) button.lang = line.lang;
      return button;
    });
    box.textContent = "";
    box.append(...buttons);
    // The pressed button is gone: keep the place in the page instead of being thrown to its beginning.
    if (held) (line.choices.length ? box : log).focus({ preventScroll: true });
    choices.hidden = !line.choices.length;
  }

  function setSecret(on) {
    if (secret === on) return;
    secret = on;
    if (!on) input.value = "";
    input.type = on ? "password" : "text";
    $("say-label").textContent = on ? words["secret-label"] : words["say-label"];
  }

  function rewrite(changed) {
    for (const [number, text] of changed || []) {
      const said = log.querySelector(`[data-line="${number}"] span`);
      if (said && said.textContent !== text) said.textContent = text;
    }
  }

  function drop(first) {
    for (const old of log.querySelectorAll("[data-line]")) if (Number(old.dataset.line) < first) old.remove();
  }

  /* ---- sending: one after the other, again and again until it has arrived ---- */
  const KEPT = "shusheng.unsent";
  let queue = [];
  try { queue = JSON.parse(sessionStorage.getItem(KEPT) || "[]"); } catch { queue = []; }
  let busy = false, pause = 1000, retry = 0, waiting = 0, asked = false, told = false;

  function keep() {
    try { sessionStorage.setItem(KEPT, JSON.stringify(queue.filter((one) => one.keep))); } catch { /* full or off */ }
  }
  function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  function send(path, fields, note) {
    queue.push({ path, fields: { ...fields, update_id: newId() }, note, keep: !note && !secret });
    keep();
    asked = true;
    flush();
  }

  /* ---- a recording goes in parts, the first while the last is still being spoken; each tells where to go on ---- */
  const LEAST = 4096, MOST = 262144;
  function newNote(file) { return { id: newId(), file, have: 0, part: 16384, last: Promise.resolve() }; }
  // what is not there yet of `note`; gives the answer that stopped it, or null when all is there
  async function upload(note) {
    let stuck = 0;
    while (note.have < note.file.size) {
      const began = performance.now();
      let response;
      try {
        const part = note.file.slice(note.have, note.have + note.part);
        response = await post(`/voice/piece?note=${note.id}&at=${note.have}`, part, 60000);
      } catch (error) {
        note.part = Math.max(LEAST, note.part / 2);
        throw error;
      }
      if (!response.ok) return response;
      const { have } = await response.json();
      stuck = have > note.have ? 0 : stuck + 1;
      if (stuck > 3) throw new Error("it does not arrive");
      note.have = have;
      const took = performance.now() - began;
      note.part = took < 1000 ? Math.min(MOST, note.part * 2) : took > 8000 ? Math.max(LEAST, note.part / 2) : note.part;
    }
    return null;
  }
  // more of a recording that is being made; where it fails now, the next part or the end tries again
  function further(note) { note.last = note.last.then(() => upload(note)).catch(() => {}); }
  function dropped(note) {
    note.last.then(() => post(`/voice/piece?note=${note.id}&at=0`, "", 20000)).catch(() => {});
  }
  async function deliver(one) {
    const note = one.note;
    if (!note) return post(one.path, new URLSearchParams(one.fields), 20000);
    const slow = setTimeout(() => announce(words["still-sending"]), 8000);
    try {
      await note.last;
      const stopped = await upload(note);
      if (stopped) return stopped;
      const response = await post(one.path, new URLSearchParams({
        ...one.fields, note: note.id, size: note.file.size, type: note.file.type,
      }), 20000);
      if (response.status === 409) note.have = 0;
      return response;
    } finally { clearTimeout(slow); }
  }
  async function post(path, content, patience) {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), patience);
    try {
      const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
      return await fetch(path, { method: "POST", body: content, headers, signal: ending.signal });
    } finally { clearTimeout(timer); }
  }
  async function flush() {
    clearTimeout(retry);
    if (busy || !queue.length) return;
    busy = true;
    const one = queue[0];
    let response = null, said = {};
    try {
      response = await deliver(one);
      said = await response.json();
    } catch { response = null; }
    busy = false;
    if (response && response.ok) {
      done();
      pause = 1000;
      if (asked) {  // the answer may have been quicker than the receipt
        announce(words.sent);
        clearTimeout(waiting);
        waiting = setTimeout(() => announce(words.waiting), 8000);
      } else if (told) announce("");  // and quicker than the news that the receipt was lost
      told = false;
      if (queue.length) flush();
    } else if (response && response.status === 403 && said.csrf && !one.again) {
      // this browser's session was over and a new one has begun: its lines are numbered from one again
      csrf = said.csrf;
      talk = said.talk;
      one.again = true;
      if (one.note) one.note.have = 0;
      for (const old of log.querySelectorAll("[data-line]")) delete old.dataset.line;
      seen = 0;
      listen();
      flush();
    } else if (!response || response.status >= 500 || response.status === 429 || response.status === 409) {
      if (!told && response?.status !== 409) { announce(response ? said.error || words.busy : words.offline); told = true; }
      const seconds = response && Number(response.headers.get("Retry-After"));
      retry = setTimeout(flush, Math.max(pause, (seconds || 0) * 1000) + Math.random() * 500);
      pause = Math.min(pause * 2, 30000);
    } else {
      done();
      if (one.fields.say && !input.value && !secret) input.value = one.fields.say;
      pressed(false);
      announce(said.error || words.busy);
      if (queue.length) flush();
    }
  }
  function done() { queue.shift(); keep(); }

  /* ---- the reader gets up: the server forgets, and so does this page, in every tab ---- */
  function forget() { queue = []; keep(); quiet(); }
  $("leave-form").addEventListener("submit", forget);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  $("say-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value;
    if (!text.trim()) { announce(words.empty); return; }
    if (text.length >= 10000) { announce(words["too-long"]); return; }
    input.value = "";
    input.removeAttribute("aria-invalid");
    send("/say", { say: text });
  });
  // clicks, not submits: many a phone's browser does not tell which button sent a form
  choices.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.getAttribute("aria-disabled") === "true") return;
    pressed(true);
    send("/choose", { choose: button.value, offer: choices.elements.offer.value });
  });
  function pressed(on) {
    for (const button of $("buttons").children) {
      if (on) button.setAttribute("aria-disabled", "true"); else button.removeAttribute("aria-disabled");
    }
  }
  $("voice-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const file = $("voice").files[0];
    if (!file) { announce(words["no-recording"]); return; }
    if (file.size > 20 * 1024 * 1024) { announce(words["recording-too-big"]); return; }
    send("/voice", {}, newNote(file));
    $("voice-form").reset();
  });

  /* ---- receiving: a stream that is opened again after every loss, from the last line seen ---- */
  let stream = null, reopen = 0, wait = 1000, silence = 0, lost = 0, away = false;
  function listen() {
    clearTimeout(reopen);
    if (stream) stream.close();
    stream = new EventSource("/events?after=" + seen + "&talk=" + talk);
    watch();
    stream.addEventListener("beat", alive);
    stream.addEventListener("line", (event) => {
      alive();
      const line = JSON.parse(event.data);
      rewrite(line.changed);
      addLine(line);
      drop(line.first || 0);
      if (line.renew) post("/session", new URLSearchParams(), 20000).catch(() => {});
    });
    stream.addEventListener("over", () => again());
    stream.addEventListener("left", () => { stream.close(); forget(); location.replace("/?left"); });
    stream.onerror = () => again();
  }
  function alive() {
    wait = 1000;
    clearTimeout(lost);
    lost = 0;
    if (away) { away = false; announce(words.back); pause = 1000; flush(); }
    watch();
  }
  function watch() {
    clearTimeout(silence);
    silence = setTimeout(again, 40000);
  }
  function again() {
    if (stream) stream.close();
    stream = null;
    clearTimeout(reopen);
    if (!lost && !away) lost = setTimeout(() => { away = true; announce(words.reconnecting); }, 5000);
    reopen = setTimeout(listen, wait + Math.random() * 500);
    wait = Math.min(wait * 2, 30000);
  }
  addEventListener("online", () => { wait = pause = 1000; listen(); flush(); });
  let hidden = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hidden);
    if (document.hidden) {
      // A browser opens few connections to one place: a page that nobody sees gives its own back after a while.
      if (!aloud()) hidden = setTimeout(() => { stream?.close(); stream = null; clearTimeout(silence); }, 60000);
    } else if (!stream) { wait = 1000; listen(); }
  });
  addEventListener("pagehide", () => stream?.close());

  /* ---- listening: only where the reader switched it on, or presses play ---- */
  // a line is said at the pace the reader asked for in the talk; this is on top of it, and both together stay in bounds
  const RATES = { slow: 0.6, normal: 1, fast: 1.7, faster: 3 };
  let player = null;
  function aloud() { return $("aloud").getAttribute("aria-pressed") === "true"; }
  function rate() {
    const on = document.querySelector("#rates [aria-pressed=true]");
    return Math.min(3, Math.max(0.6, RATES[on ? on.value : "normal"] * lastPace)) / lastPace;
  }
  function quiet() {
    if (player) { player.pause(); player = null; }
    $("play").textContent = playWords;
  }
  const playWords = $("play").textContent;
  function play(number) {
    quiet();
    const sound = player = new Audio("/sound/" + number);
    sound.playbackRate = sound.defaultPlaybackRate = rate();
    sound.addEventListener("ended", () => { if (player === sound) quiet(); });
    sound.addEventListener("error", () => { if (player === sound) { quiet(); announce(words["no-sound"]); } });
    $("play").textContent = words.stop;
    // a browser may refuse to play before the first touch: then the button stands there
    sound.play().catch(() => { if (player === sound) quiet(); });
  }
  $("play").addEventListener("click", () => { if (player) quiet(); else play(lastSpoken); });
  const plain = $("plain-sound");
  if (plain) {
    lastSpoken = Number(plain.getAttribute("src").split("/").pop());
    lastPace = Number(plain.dataset.pace);
    plain.remove();
  }
  $("play").hidden = !lastSpoken;
  $("aloud").hidden = $("rates").hidden = false;

  /* ---- the look of the page ---- */
  let looking = Promise.resolve();
  for (const form of [$("look-form"), $("listen-form")]) {
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button || !button.name) return;
      event.preventDefault();
      const { name } = button;
      let { value } = button;
      if (name === "aloud") {
        button.setAttribute("aria-pressed", String(value === "on"));
        button.value = value === "on" ? "off" : "on";
        if (value === "off") quiet();
      } else {
        for (const other of button.parentNode.querySelectorAll("button")) {
          other.setAttribute("aria-pressed", String(other === button));
        }
        if (name === "rate" && player) player.playbackRate = rate();
        else root.dataset[name] = value;
      }
      // one after the other: each answer brings the cookie that the next must build on
      const change = () => post("/look", new URLSearchParams({ [name]: value }), 20000).catch(() => {});
      looking = looking.then(change);
    });
  }

  /* ---- speaking ---- */
  const record = $("record"), cancel = $("record-cancel"), note = $("record-note"), row = $("record-row");
  const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
  const LONGEST = 60000, WARNING = 50000, HOLD = 500;
  let recorder = null, starting = false, begun = 0, timers = [], downAt = 0, byPointer = false, startedNow = false;
  let given = "";  // "up": let go, "away": thrown away, before the microphone was there

  function beep(times) {
    // heard instead of read out: a screen reader's voice would be recorded
    navigator.vibrate?.(times > 1 ? [80, 80, 80] : 80);
    try {
      const air = new AudioContext(), end = air.currentTime + times * 0.25;
      for (let at = 0; at < times; at++) {
        const tone = air.createOscillator(), loud = air.createGain();
        loud.gain.value = 0.15;
        tone.frequency.value = 660;
        tone.connect(loud).connect(air.destination);
        tone.start(air.currentTime + at * 0.25);
        tone.stop(air.currentTime + at * 0.25 + 0.12);
      }
      setTimeout(() => air.close(), (end - air.currentTime) * 1000 + 200);
    } catch { /* no sound out */ }
  }
  function cannot(why) {
    announce(words["mic-" + why]);
    $("voice-form").hidden = false;
  }
  async function start() {
    if (recorder || starting) return;
    starting = true;
    given = "";
    quiet();
    let microphone;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (error) {
      starting = false;
      const why = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing" };
      cannot(why[error.name] || "failed");
      return;
    }
    if (given) {
      starting = false;
      microphone.getTracks().forEach((track) => track.stop());
      announce(words[given === "up" ? "record-short" : "record-cancelled"]);
      return;
    }
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    const chunks = [], going = newNote(new Blob());
    try {
      recorder = new MediaRecorder(microphone, { ...(type && { mimeType: type }), audioBitsPerSecond: 32000 });
    } catch {
      starting = false;
      microphone.getTracks().forEach((track) => track.stop());
      cannot("failed");
      return;
    }
    const own = recorder;
    own.ondataavailable = (event) => {
      if (!event.data.size) return;
      chunks.push(event.data);
      going.file = new Blob(chunks, { type: own.mimeType || type });
      if (!own.thrown && own.state !== "inactive") further(going);
    };
    own.onstop = () => {
      microphone.getTracks().forEach((track) => track.stop());
      const lasted = performance.now() - begun;
      ended();
      if (own.thrown || lasted < 500 || !chunks.length) {
        announce(words[own.thrown ? "record-cancelled" : "record-short"]);
        dropped(going);
      } else {
        announce(words.recorded);
        send("/voice", {}, going);
      }
    };
    own.onerror = () => { own.thrown = true; stop(); cannot("failed"); };
    own.start(1000);
    begun = performance.now();
    starting = false;
    beep(1);
    row.classList.add("recording");
    record.textContent = words["record-stop"];
    note.textContent = words.recording;
    cancel.hidden = false;
    timers = [
      setTimeout(() => { note.textContent = words["record-ending"]; beep(2); }, WARNING),
      setTimeout(stop, LONGEST),
    ];
  }
  function stop() {
    if (starting) given = "up";
    if (recorder && recorder.state !== "inactive") recorder.stop();
  }
  function ended() {
    timers.forEach(clearTimeout);
    recorder = null;
    const held = document.activeElement === cancel;
    row.classList.remove("recording");
    record.textContent = words.record;
    note.textContent = "";
    if (held) record.focus({ preventScroll: true });
    cancel.hidden = true;
  }
  function throwAway() {
    if (starting) given = "away";
    if (recorder) { recorder.thrown = true; stop(); }
  }

  record.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    byPointer = true;
    downAt = performance.now();
    startedNow = !recorder && !starting;
    if (startedNow) start();
  });
  record.addEventListener("pointerup", () => {
    if (!startedNow) stop();
    else if (performance.now() - downAt > HOLD) stop();
  });
  record.addEventListener("pointercancel", () => { byPointer = false; });
  record.addEventListener("click", () => {
    // a keyboard or a screen reader clicks without a pointer
    if (byPointer) { byPointer = false; return; }
    if (recorder || starting) stop(); else start();
  });
  record.addEventListener("contextmenu", (event) => event.preventDefault());
  cancel.addEventListener("click", throwAway);
  addEventListener("keydown", (event) => { if (event.key === "Escape") throwAway(); });

  row.hidden = false;
  if (window.MediaRecorder && navigator.mediaDevices && isSecureContext) $("voice-form").hidden = true;
  else {
    row.classList.add("without");
    record.hidden = true;
    note.textContent = isSecureContext ? words["mic-failed"] : words["mic-insecure"];
  }

  /* ---- begin ---- */
  if (log.dataset.seq !== "0" && !location.hash) $("status").scrollIntoView({ block: "end", behavior: "instant" });
  if ($("refresh")) status.textContent = "";
  listen();
  flush();
})();

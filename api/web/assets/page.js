"use strict";
// Comforts for a page that works without them: one submission per tap, drafts, smaller pictures, the follower's own time.

document.documentElement.classList.add("js");
const lang = document.documentElement.lang;

// Today's times without a date, this year's without the year; see clock.go.
function when(at) {
  const day = (t) => Date.UTC(t.getFullYear(), t.getMonth(), t.getDate()) / 864e5;
  const now = new Date(), days = day(now) - day(at);
  const hour = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (days === 0) return hour;
  if (days === 1) return document.querySelector("main").dataset.yesterday + " " + hour;
  const date = at.toLocaleDateString(lang === "en" ? "en-GB" : lang,
    { year: at.getFullYear() === now.getFullYear() ? undefined : "numeric", month: lang === "en" ? "short" : "long", day: "numeric" });
  return date + (lang === "en" ? ", " : " ") + hour;
}

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!isNaN(at)) time.textContent = when(at);
}

// WeChat's browser closes on demand; the chat lies behind it.
function offerChat() {
  for (const offer of document.querySelectorAll("[data-close]")) {
    offer.hidden = false;
    offer.firstElementChild.onclick = () => WeixinJSBridge.call("closeWindow");
  }
}
if (self.WeixinJSBridge) offerChat();
else document.addEventListener("WeixinJSBridgeReady", offerChat);

const sender = (form) => form.querySelector("button:not([type=button])");

// A second tap while the first is under way sends nothing. Coming back to the page unlocks it.
function lock(form, busy) {
  const button = sender(form);
  form.dataset.busy = busy ? "1" : "";
  button.disabled = busy;
  if (button.dataset.busy) {
    button.dataset.label = button.dataset.label || button.textContent;
    button.textContent = busy ? button.dataset.busy : button.dataset.label;
  }
}

for (const form of document.forms) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.busy || missing(form)) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    setTimeout(() => lock(form, true));
  });
}
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) lock(form, false);
});

const chosenFirst = (select) => Math.max(0, [...select.options].findIndex((o) => o.defaultSelected));
const same = (field) => field.options ? field.selectedIndex === chosenFirst(field) : field.type === "file" ? !field.value : field.value === field.defaultValue && field.checked === field.defaultChecked;

// A reload would take the focus, and the phone's keyboard, away. A control that nobody has used for long holds nothing up.
const IN_USE = 60000;
let usedAt = -IN_USE;
for (const kind of ["focusin", "keydown", "input"]) addEventListener(kind, () => usedAt = performance.now());
const inUse = () => document.activeElement !== document.body && performance.now() - usedAt < IN_USE;

const untouched = () => !document.hidden && !inUse() && [...document.querySelectorAll("textarea,input,select")].every(same) &&
  ![...document.forms].some((form) => form.dataset.busy);

// Looks every few seconds whether what was sent has arrived, unless the page is in use.
for (const tip of document.querySelectorAll("[data-look]")) setInterval(() => untouched() && location.reload(), tip.dataset.look * 1000);

// Which answers were read: on this phone only.
const read = {
  key: (ticket) => "read " + ticket,
  get(ticket) {
    try {
      return Number(localStorage.getItem(this.key(ticket)));
    } catch {
      return Infinity; // a browser that keeps nothing
    }
  },
  set(ticket, at) {
    try {
      localStorage.setItem(this.key(ticket), at);
    } catch {}
  },
};
for (const row of document.querySelectorAll("a[data-answered]")) {
  if (Number(row.dataset.answered) <= read.get(row.dataset.ticket)) continue;
  const mark = document.createElement("span");
  mark.className = "new";
  mark.textContent = row.dataset.new;
  row.querySelector(".state").before(mark);
}

// An open thread asks now and then whether an agent has answered, which costs C4C nothing. A new answer is shown at once,
// unless the page is in use: then a tap shows it.
const FIRST_LOOK = 8000, LAST_LOOK = 60000;
const thread = document.querySelector("ol[data-answered]");

function offerAnswer() {
  const { ticket, new: words } = thread.dataset, link = document.createElement("a");
  link.href = `/web/tickets/${ticket}?at=${Date.now()}#end`; // another address: the page is read anew
  if (untouched()) {
    location.replace(link.href);
    return;
  }
  link.className = "tip ok fresh";
  link.setAttribute("role", "status");
  link.textContent = words;
  thread.after(link);
}

let asking = false, pause = FIRST_LOOK, look;
async function askForAnswer() {
  if (asking) return;
  asking = true; // for good, once there is nothing more to ask
  clearTimeout(look);
  let answer;
  try {
    if (!document.hidden) answer = await fetch("/web/news?ticket=" + thread.dataset.ticket, { headers: { Accept: "application/json" } });
    if (answer && answer.ok && (await answer.json()).at > Number(thread.dataset.answered)) return offerAnswer();
  } catch {} // offline
  if (answer && answer.status >= 400 && answer.status < 500 && answer.status !== 429) return; // the session is over
  asking = false;
  look = setTimeout(askForAnswer, pause);
  pause = Math.min(1.3 * pause, LAST_LOOK);
}
// A follower who returns does not wait for the end of a pause.
function askAgain() {
  if (document.hidden) return;
  pause = FIRST_LOOK;
  askForAnswer();
}
// A thread opens where a chat does: at its end, which is where a notice's new answer is.
if (thread) {
  const end = document.getElementById("end");
  let at;
  const toEnd = () => {
    end.scrollIntoView({ block: "end" });
    at = scrollY;
  };
  if (["", "#end"].includes(location.hash) && !document.querySelector("[aria-invalid]")) {
    toEnd();
    // A picture that comes later moves the end away, unless the follower has gone elsewhere.
    for (const image of thread.querySelectorAll("img")) image.addEventListener("load", () => scrollY === at && toEnd());
  }
  read.set(thread.dataset.ticket, thread.dataset.answered);
  look = setTimeout(askForAnswer, FIRST_LOOK);
  document.addEventListener("visibilitychange", askAgain);
}

// Pictures of a thread open above it: a swipe, an arrow or a key leads to the next, a tap, the cross or Escape back.
const shots = [...document.querySelectorAll("a.shot")];
const SWIPE = 48;

function viewPicture(first) {
  const viewer = document.createElement("dialog"), image = document.createElement("img"), place = document.createElement("output");
  const words = thread.dataset;
  let at, from = null;
  const button = (name, sign, does) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.textContent = sign;
    made.setAttribute("aria-label", words[name]);
    made.onclick = (event) => {
      event.stopPropagation();
      does();
    };
    return made;
  };
  const previous = button("previous", "‹", () => go(at - 1)), next = button("next", "›", () => go(at + 1));
  function go(to) {
    if (!shots[to]) return;
    at = to;
    image.src = shots[at].href;
    image.alt = shots[at].firstElementChild.alt;
    place.textContent = `${at + 1} / ${shots.length}`;
    previous.hidden = at === 0;
    next.hidden = at === shots.length - 1;
  }
  viewer.className = "viewer";
  viewer.setAttribute("aria-label", shots[first].firstElementChild.alt);
  viewer.append(image, previous, next, button("shut", "×", () => viewer.close()), place);
  viewer.onclick = () => viewer.close();
  viewer.onclose = () => {
    viewer.remove();
    shots[at].focus();
  };
  viewer.onkeydown = (event) => {
    if (event.key === "ArrowLeft") go(at - 1);
    if (event.key === "ArrowRight") go(at + 1);
  };
  viewer.addEventListener("touchstart", (event) => from = event.touches.length === 1 ? event.touches[0].clientX : null);
  viewer.addEventListener("touchend", (event) => {
    const moved = from === null ? 0 : event.changedTouches[0].clientX - from;
    if (Math.abs(moved) < SWIPE) return;
    event.preventDefault(); // no tap comes of it
    go(moved < 0 ? at + 1 : at - 1);
  });
  document.body.append(viewer);
  go(first);
  viewer.showModal();
}
for (const [i, shot] of shots.entries()) {
  shot.onclick = (event) => {
    if (!self.HTMLDialogElement || event.ctrlKey || event.metaKey) return; // an old browser opens the picture itself
    event.preventDefault();
    viewPicture(i);
  };
  // A picture that is there no longer, or that this browser does not show, leaves its name.
  shot.firstElementChild.onerror = () => shot.classList.add("lost");
}

// Says next to a field what is wrong with it, as the server would.
function fault(field, text) {
  mend(field);
  const said = document.createElement("p");
  said.className = "bad";
  said.id = "bad-" + field.name;
  said.setAttribute("role", "alert");
  said.textContent = text;
  field.closest(".cell").after(said);
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") || ""} ${said.id}`.trim());
}

// Pictures that were chosen would be lost on the way to the server and back.
function missing(form) {
  const empty = [...form.elements].filter((f) => f.dataset.missing && !f.value.trim());
  for (const field of empty) {
    fault(field, field.dataset.missing);
    field.setAttribute("aria-invalid", "true");
  }
  if (empty.length) empty[0].focus();
  return empty.length > 0;
}

// What is wrong gets the focus, and is marked no longer once it is being mended.
const wrong = document.querySelector("[aria-invalid]");
if (wrong) wrong.focus();

function mend(field) {
  const said = document.getElementById("bad-" + field.name);
  if (!said) return;
  said.remove();
  field.removeAttribute("aria-invalid");
  const rest = field.getAttribute("aria-describedby").replace(said.id, "").trim();
  if (rest) field.setAttribute("aria-describedby", rest);
  else field.removeAttribute("aria-describedby");
  const tip = document.querySelector(".tip[role=alert]");
  if (tip && !document.querySelector("[aria-invalid]")) tip.remove();
}
for (const form of document.forms) form.addEventListener("input", (event) => mend(event.target));

// What is being written outlives a look at another page, and an answer that it was not taken: in this window only. It
// also outlives a lost connection, from which the follower comes back without any answer. Then it keeps its key: if it
// has arrived after all, sending it again changes nothing.
const prefix = "draft ", drafts = {};
try {
  const back = performance.getEntriesByType("navigation").some((n) => n.type === "back_forward");
  for (const key of Object.keys(sessionStorage).filter((k) => k.startsWith(prefix))) {
    const { sent, values, sendKey } = JSON.parse(sessionStorage.getItem(key));
    if (sent) for (const kept of document.querySelectorAll("[data-kept]")) kept.hidden = false;
    if (sent && !back && !document.querySelector("[data-failed]")) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(drafts[key] = { values, sendKey: sent && !back ? undefined : sendKey }));
  }
} catch {} // a browser that keeps nothing

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = prefix + form.dataset.draft;
  const fields = [...form.elements].filter((f) => !["hidden", "file", "checkbox", "submit"].includes(f.type));
  const before = fields.map((f) => wrong ? "" : f.value);
  let sendKey;
  if (drafts[key] && !wrong) {
    // A follower who began to write before this script was there keeps that text, and it is sent under a new key.
    if (fields.every(same) && (sendKey = drafts[key].sendKey)) form.elements.key.value = sendKey;
    for (const f of fields) if (f.name in drafts[key].values && same(f)) f.value = drafts[key].values[f.name];
  }
  addEventListener("pagehide", () => {
    const changed = fields.filter((f, i) => f.value !== before[i]).map((f) => [f.name, f.value]), sent = !!form.dataset.busy;
    if (sent) sendKey = form.elements.key.value;
    try {
      if (changed.length) sessionStorage.setItem(key, JSON.stringify({ sent, values: Object.fromEntries(changed), sendKey }));
      else sessionStorage.removeItem(key);
    } catch {}
  });
}

// A field that takes no more says so before it is full.
const NEARLY = 200;

for (const field of document.querySelectorAll("textarea[maxlength]")) {
  const count = document.createElement("small");
  count.className = "count";
  count.setAttribute("aria-hidden", "true"); // a screen reader would say it after each letter
  field.after(count);
  field.addEventListener("input", () => {
    const used = field.value.length;
    count.textContent = used > field.maxLength - NEARLY ? `${used}/${field.maxLength}` : "";
  });
}

// Pictures of a phone's camera are made smaller before they leave it.
const LONGEST = 2000, SMALL = 1 << 20;

async function decode(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const image = new Image(), url = URL.createObjectURL(file);
    image.src = url;
    try {
      await image.decode();
      return image;
    } catch {
      return null;
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}

// What the server takes, told by its first bytes as there: a name says little.
async function isTaken(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const begins = (...bytes) => bytes.every((b, i) => head[i] === b);
  return begins(0xff, 0xd8, 0xff) || begins(0x89, 0x50, 0x4e, 0x47);
}

// Gives the picture as it is sent; null: it is none.
async function shrink(file) {
  const sent = await isTaken(file);
  const image = await decode(file);
  if (!image || sent && file.size <= SMALL) return image && file;
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.width * scale);
  canvas.height = Math.round(image.height * scale);
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return blob && (!sent || blob.size < file.size) ? new File([blob], file.name, { type: "image/jpeg" }) : file;
}

const alike = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

// A phone's camera gives one picture at a time: each choice adds to those before, a tap on one takes it away again.
for (const input of document.querySelectorAll("input[type=file]")) {
  const previews = input.closest(".uploader").querySelector(".previews");
  const { max, add, remove, bytes, kind, size, count } = input.dataset;
  let chosen = [];

  function show() {
    const list = new DataTransfer();
    for (const file of chosen) list.items.add(file);
    input.files = list.files;
    input.parentElement.hidden = chosen.length >= max;
    previews.replaceChildren(...chosen.map((file, i) => {
      const image = document.createElement("img"), button = document.createElement("button");
      image.src = URL.createObjectURL(file);
      image.alt = "";
      image.onload = () => URL.revokeObjectURL(image.src);
      button.type = "button";
      button.setAttribute("aria-label", `${remove} ${i + 1}: ${file.name}`);
      button.append(image);
      button.onclick = () => {
        chosen.splice(i, 1);
        show();
        (previews.children[i] || input).focus();
      };
      return button;
    }));
  }

  // What cannot be taken is named before anything is sent; see checkPictures.
  async function take(files) {
    const lines = [], again = document.querySelector("[data-again]");
    if (again) again.remove();
    for (const file of files) {
      const picture = await shrink(file);
      if (chosen.some((other) => alike(other.source, file))) continue; // chosen twice
      if (picture) picture.source = file;
      if (!picture) lines.push(kind.replace("{file}", file.name));
      else if (picture.size > bytes) lines.push(size.replace("{file}", file.name));
      else if (chosen.length < max) chosen.push(picture);
      else if (!lines.includes(count)) lines.push(count);
    }
    show();
    mend(input);
    if (lines.length) fault(input, lines.join("\n"));
  }

  try {
    new DataTransfer();
  } catch {
    continue; // an old browser: the plain field
  }
  input.classList.add("unseen");
  input.setAttribute("aria-label", add);
  input.parentElement.classList.add("tile");
  input.addEventListener("change", async () => {
    const button = sender(input.form);
    button.disabled = true;
    await take([...input.files]);
    button.disabled = false;
  });
}

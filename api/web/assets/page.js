"use strict";
// Comforts for a page that works without them: one submission per tap, smaller pictures, the follower's own time.

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
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    setTimeout(() => lock(form, true));
  });
  if ("auto" in form.dataset) form.submit();
}
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const form of document.forms) lock(form, false);
});

// Looks every few seconds whether a message has reached the ticket, unless the next one is being written.
for (const tip of document.querySelectorAll("[data-look]")) {
  const untouched = () => !document.hidden && [...document.querySelectorAll("textarea,input[type=file]")].every((field) => !field.value);
  setInterval(() => untouched() && location.reload(), tip.dataset.look * 1000);
}

// Pictures of a phone's camera are made smaller before they leave it.
const LONGEST = 2000, SMALL = 1 << 20;

async function shrink(file) {
  if (file.size <= SMALL || !self.createImageBitmap) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], file.name, { type: "image/jpeg" }) : file;
  } catch {
    return file; // the server says what is wrong with it
  }
}

// A phone's camera gives one picture at a time: each choice adds to those before, a tap on one takes it away again.
for (const input of document.querySelectorAll("input[type=file]")) {
  const previews = input.closest(".uploader").querySelector(".previews");
  const { max, add, remove } = input.dataset;
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
    const more = await Promise.all([...input.files].map(shrink));
    chosen = chosen.concat(more).slice(0, max);
    show();
    button.disabled = false;
  });
}

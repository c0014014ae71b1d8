"use strict";
// The follower's phone. It reads GET /_sim/phone whenever the event stream says that
// something changed, and does what the follower does through the control endpoints.

const words = {
  zh: {
    back: "返回", more: "更多", thread: "聊天记录", voice: "语音", message: "消息", emoji: "表情", plus: "更多功能", menu: "自定义菜单",
    photo: "照片", close: "关闭", openTab: "在浏览器打开", send: "发送", wxid: "微信号：", about: "功能介绍", kind: "帐号类型",
    aboutText: "购车、保养与维修服务：在线咨询，随时查询工单进度。", follow: "关注公众号", unfollow: "取消关注", scan: "扫描带参数二维码", scanShort: "扫一扫", cancel: "取消", ok: "确定",
    typing: "对方正在输入…", subscribed: "你已关注该公众号", unsubscribed: "你已取消关注", scanned: "你扫描了二维码", transferred: "正在为你转接人工客服",
    shot: "拍摄", video: "视频", place: "位置", link: "链接", details: "详情", read: "阅读全文", yesterday: "昨天",
    week: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    askVoice: "你说了什么？（语音识别结果）", askPlace: "位置名称", askLink: "链接地址", askScene: "二维码场景值", askScan: "扫码结果",
    sim: "微信模拟器", simHint: "左边是关注者的手机。这里是模拟器自己的控制台，真实微信中没有。", people: "微信号", addPerson: "＋ 新的微信号",
    window: "可回复的消息数", time: "模拟时钟", pushes: "最近推送", none: "窗口已关闭", left: "条", until: "至", other: "English", nobody: "尚未关注",
    triggers: { message: "用户消息", menu: "点击菜单", follow: "关注", scan: "扫码" },
    kinds: { subscription_unverified: "订阅号（未认证）", subscription_verified: "订阅号", service_unverified: "服务号（未认证）", service_verified: "服务号" },
  },
  en: {
    back: "Back", more: "More", thread: "Conversation", voice: "Voice", message: "Message", emoji: "Emoji", plus: "More functions", menu: "Account menu",
    photo: "Photo", close: "Close", openTab: "Open in browser", send: "Send", wxid: "WeChat ID: ", about: "About", kind: "Account",
    aboutText: "Sales, maintenance and repair: ask us here and follow your ticket.", follow: "Follow", unfollow: "Unfollow", scan: "Scan a QR code with a scene", scanShort: "Scan", cancel: "Cancel", ok: "OK",
    typing: "Typing…", subscribed: "You follow this account", unsubscribed: "You no longer follow this account", scanned: "You scanned a QR code", transferred: "Transferring you to customer service",
    shot: "Camera", video: "Video", place: "Location", link: "Link", details: "Details", read: "Read more", yesterday: "Yesterday",
    week: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    askVoice: "What did you say? (speech recognition)", askPlace: "Name of the place", askLink: "Address of the link", askScene: "Scene of the QR code", askScan: "What the code says",
    sim: "WeChat simulator", simHint: "On the left, a follower's phone. This is the simulator's own desk; real WeChat has none.", people: "People", addPerson: "+ another person",
    window: "Replies the account may send", time: "Simulated clock", pushes: "Latest pushes", none: "window closed", left: "left", until: "until", other: "中文", nobody: "not following",
    triggers: { message: "message", menu: "menu click", follow: "follow", scan: "QR scan" },
    kinds: { subscription_unverified: "Subscription account, unverified", subscription_verified: "Subscription account", service_unverified: "Service account, unverified", service_verified: "Service account" },
    notice: "(The service of this account is out of order, please try again later.)",
  },
};

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const stored = (key, value) => {
  try { return value === undefined ? localStorage.getItem(key) : localStorage.setItem(key, value); } catch { return null; }
};
let lang = query.get("lang") || stored("sim-lang") || "zh";
if (!words[lang]) lang = "zh";
let me = query.get("openid") || stored("sim-openid") || "oDevPhone0000000000000000001";
let state = null, shown = 0, lastStamp = 0, stream = null, wanted = false, busy = false;
const t = (key) => words[lang][key];

function el(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

async function call(path, body) {
  const res = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) });
  const out = await res.json();
  if (out.error && !res.ok) console.warn(path, out.error);
  return out;
}
const act = (what, body) => call(`/_sim/followers/${encodeURIComponent(me)}/${what}`, body);

// --- reading -------------------------------------------------------------

async function refresh() {
  wanted = true;
  if (busy) return;
  busy = true;
  try {
    while (wanted) {
      wanted = false;
      const asked = me;
      const res = await fetch(`/_sim/phone?openid=${encodeURIComponent(asked)}`);
      const next = await res.json();
      if (asked === me) draw(next);
    }
  } catch (err) { console.warn("refresh", err); } finally { busy = false; }
}

function listen() {
  if (stream) stream.close();
  stream = new EventSource(`/_sim/events?openid=${encodeURIComponent(me)}`);
  stream.addEventListener("changed", refresh);
}

function become(openid) {
  me = openid;
  stored("sim-openid", me);
  document.cookie = `sim_openid=${encodeURIComponent(me)}; path=/; SameSite=Lax`;
  call("/_sim/holder", { openid: me }).then(refresh);
  clearThread();
  listen();
}

// --- drawing -------------------------------------------------------------

function label() {
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.querySelectorAll("[data-t]").forEach((n) => { n.textContent = t(n.dataset.t); });
  document.querySelectorAll("[data-l]").forEach((n) => { n.setAttribute("aria-label", t(n.dataset.l)); });
  $("language").textContent = t("other");
  drawTools();
}

function clearThread() {
  $("thread").replaceChildren();
  shown = 0; lastStamp = 0;
}

function draw(next) {
  state = next;
  const account = state.account;
  $("phone").classList.toggle("unfollowed", !state.subscribed);
  $("profile").hidden = state.subscribed;
  $("thread").hidden = !state.subscribed;
  $("footer").hidden = !state.subscribed;
  $("title").textContent = !state.subscribed ? "" : state.typing ? t("typing") : account.name;
  $("profile-name").textContent = account.name;
  $("profile-id").textContent = account.original_id;
  $("profile-kind").textContent = t("kinds")[account.type];
  $("more").style.visibility = state.subscribed ? "" : "hidden";
  drawThread();
  drawMenu();
  drawPanel();
  $("clock").textContent = clock(new Date(state.now));
  clearTimeout(draw.later);
  if (state.typing) draw.later = setTimeout(refresh, 3000);
}

const clock = (d) => `${d.getHours()}:${String(d.getMinutes()).padStart(2, "0")}`;

function stamp(d) {
  const now = new Date(state.now), midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.ceil((midnight - d) / 86400000);
  if (days <= 0) return clock(d);
  if (days === 1) return `${t("yesterday")} ${clock(d)}`;
  if (days < 7) return `${t("week")[d.getDay()]} ${clock(d)}`;
  return lang === "zh" ? `${d.getFullYear()}年${d.getMonth() + 1}月${d.getDate()}日 ${clock(d)}` : `${d.toLocaleDateString("en")} ${clock(d)}`;
}

function drawThread() {
  const box = $("thread");
  const items = state.thread;
  if (items.length && items[items.length - 1].id < shown || !items.length && shown) clearThread();
  const near = box.scrollHeight - box.scrollTop - box.clientHeight < 160 || !shown;
  let added = false;
  for (const it of items) {
    if (it.id <= shown) continue;
    shown = it.id; added = true;
    const at = new Date(it.at);
    if (at - lastStamp > 300000 || at < lastStamp) box.append(el("div", "stamp", stamp(at)));
    lastStamp = Number(at);
    const node = lineOf(it);
    node.dataset.kind = it.kind; node.dataset.type = it.type; node.dataset.id = it.id;
    box.append(node);
  }
  if (added && near) toBottom();
}

const colors = ["#5b8def", "#e8894a", "#6fb07f", "#b07cc6", "#d96a7b", "#4fa7b5"];
function avatar(openid, nickname) {
  let sum = 0;
  for (const c of openid) sum = (Math.imul(sum, 31) + c.codePointAt(0)) >>> 0;
  sum = (sum ^ (sum >>> 15)) >>> 0;
  const node = el("div", "avatar", [...nickname][0] || "?");
  node.style.background = colors[sum % colors.length];
  return node;
}
function accountAvatar() {
  const img = el("img"); img.src = "/_sim/page/icon.svg"; img.alt = "";
  return el("div", "avatar", img);
}

function lineOf(it) {
  if (it.kind === "notice") {
    return el("div", "system", it.content, t("notice") ? el("small", "", t("notice")) : null);
  }
  if (it.kind === "event") {
    const text = { subscribe: t("subscribed"), unsubscribe: t("unsubscribed"), scan: t("scanned") }[it.type] || it.content;
    return el("div", "system", text);
  }
  if (it.type === "transfer_customer_service") return el("div", "system", t("transferred"));
  if (it.kind === "template" || it.kind === "subscription") return noticeCard(it);
  const mine = it.from === "follower";
  const face = mine ? avatar(me, state.me.nickname) : accountAvatar();
  const who = it.kf_account ? el("div", "who", it.kf_account.split("@")[0]) : null;
  return el("div", mine ? "line me" : "line", face, el("div", "said", who, ...content(it)));
}

function content(it) {
  switch (it.type) {
    case "image": {
      const img = el("img", "picture"), open = el("button", "open", img);
      img.src = mediaOf(it); img.alt = t("photo");
      img.onload = toBottom;
      open.type = "button";
      open.onclick = () => { const large = el("img"); large.src = img.src; large.alt = t("photo"); show(large); };
      return [open];
    }
    case "voice": {
      const bars = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      bars.setAttribute("width", "14"); bars.setAttribute("height", "18"); bars.setAttribute("viewBox", "0 0 14 18");
      bars.innerHTML = '<g fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"><path d="M2 9h.1M5 5.5a5 5 0 0 1 0 7M8.5 2.5a9.5 9.5 0 0 1 0 13"/></g>';
      if (it.from === "follower") bars.style.transform = "scaleX(-1)";
      const bubble = el("div", "bubble tail sound", bars, '4"');
      bubble.style.width = "96px";
      bubble.onclick = () => { new Audio(mediaOf(it)).play().catch(() => {}); }; // browsers cannot play all that phones record
      return [bubble, it.content ? el("div", "heard", it.content) : null];
    }
    case "video": case "shortvideo": {
      const open = el("button", "film", "▶");
      open.type = "button"; open.setAttribute("aria-label", t("video"));
      open.onclick = () => { const film = el("video"); film.src = mediaOf(it); film.controls = film.autoplay = true; show(film); };
      return [open];
    }
    case "location": return [el("div", "box", el("h4", "", it.content || t("place")), el("p", "", it.place ? `${it.place.latitude.toFixed(6)}, ${it.place.longitude.toFixed(6)}` : ""), el("div", "map"))];
    case "link": return [card(it, false)];
    case "news": return [card(it, true)];
    case "music": case "miniprogrampage": return [card(it, false)];
    case "msgmenu": {
      const bubble = el("div", "bubble tail", it.menu.head);
      for (const o of it.menu.items) {
        const tap = el("button", "tap", o.content);
        tap.onclick = () => act("messages", { type: "text", content: o.content, menu_id: o.id });
        bubble.append(tap);
      }
      if (it.menu.tail) bubble.append(it.menu.tail);
      return [bubble];
    }
  }
  return [el("div", "bubble tail", ...rich(it.content, it.from === "account"))];
}

const mediaOf = (it) => `/_sim/media/${it.media_id}`;

// show fills the screen with a picture or film, until it is tapped.
function show(node) {
  $("zoom").replaceChildren(node);
  $("zoom").hidden = false;
  $("zoom").focus();
}

function card(it, article) {
  const box = el(it.url ? "button" : "div", "box");
  if (article && it.pic_url) {
    const img = el("img", "cover"); img.src = it.pic_url; img.alt = "";
    img.onerror = () => img.removeAttribute("src");
    box.append(img);
  }
  box.append(el("h4", "", it.title || ""), el("p", "", it.content || it.url || ""));
  if (article) box.append(el("footer", "", t("read"), el("span", "", "›")));
  if (it.url) box.onclick = () => browse(it.url, it.title);
  return box;
}

function noticeCard(it) {
  const list = el("dl");
  for (const row of it.rows || []) list.append(el("dt", "", row.name), el("dd", "", row.value));
  const box = el(it.url ? "button" : "div", "notice-card", el("h4", "", it.title), list);
  if (it.url) { box.append(el("footer", "", t("details"), el("span", "", "›"))); box.onclick = () => browse(it.url, it.title); }
  return box;
}

// rich makes links of <a href> (the account's texts only) and of bare addresses.
function rich(text, anchors) {
  const parts = [];
  const pattern = anchors ? /<a\s[^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>|(https?:\/\/[^\s<>"，。；！？）]+)/gi : /()()(https?:\/\/[^\s<>"，。；！？）]+)/gi;
  let from = 0;
  for (const m of text.matchAll(pattern)) {
    parts.push(text.slice(from, m.index));
    from = m.index + m[0].length;
    const href = m[3] || m[1], link = el("a", "", m[3] || m[2]);
    link.href = /^https?:/i.test(href) ? href : "#";
    link.onclick = (event) => { event.preventDefault(); follow(href, m[3] || m[2]); };
    parts.push(link);
  }
  parts.push(text.slice(from));
  return parts.filter((p) => p !== "");
}

function follow(href, text) {
  if (href.startsWith("weixin://bizmsgmenu")) {
    const q = new URLSearchParams(href.split("?")[1] || "");
    act("messages", { type: "text", content: q.get("msgmenucontent") || text, menu_id: q.get("msgmenuid") || "1" });
  } else if (/^https?:/i.test(href)) browse(href);
}

// --- menu and web view ---------------------------------------------------

function drawMenu() {
  const bar = $("menu"), buttons = (state.menu && state.menu.button) || [];
  const key = JSON.stringify(buttons);
  if (bar.dataset.key === key) return;
  bar.dataset.key = key;
  bar.hidden = !buttons.length || !$("tools").hidden || !$("emojis").hidden;
  $("submenu").hidden = true;
  bar.replaceChildren(...buttons.map((b, i) => {
    const subs = b.sub_button || [];
    const node = el("button", subs.length ? "more" : "", b.name);
    node.type = "button";
    node.onclick = (event) => { event.stopPropagation(); subs.length ? openSub(i, subs, buttons.length) : press(b); };
    return node;
  }));
}

function openSub(i, subs, count) {
  const box = $("submenu");
  if (!box.hidden && box.dataset.of === String(i)) { box.hidden = true; return; }
  box.dataset.of = i;
  box.replaceChildren(...subs.map((b) => {
    const node = el("button", "", b.name);
    node.setAttribute("role", "menuitem");
    node.onclick = () => { box.hidden = true; press(b); };
    return node;
  }));
  box.hidden = false;
  const middle = ($("phone").clientWidth / count) * (i + .5);
  box.style.left = `${Math.max(8, Math.min(middle - box.offsetWidth / 2, $("phone").clientWidth - box.offsetWidth - 8))}px`;
  box.style.bottom = `${$("phone").clientHeight - $("menu").offsetTop + 8}px`;
}

async function press(b) {
  switch (b.type) {
    case "view": case "miniprogram":
      act("view", { url: b.url, menu_id: state.menu.menuid });
      return browse(b.url, b.name);
    case "scancode_push": case "scancode_waitmsg": {
      const result = await ask(t("askScan"), "https://example.com/vin/LSVAA4187E2123456");
      return result === null ? null : act("click", { key: b.key, type: b.type, result });
    }
    case "pic_sysphoto": case "pic_photo_or_album": case "pic_weixin": return $("file").click();
    case "location_select": return sendPlace();
    case "click": return act("click", { key: b.key });
  }
}

function browse(url, title) {
  $("web").hidden = false;
  $("web-title").textContent = title || new URL(url, location.href).host;
  $("web-open").href = url;
  $("web-frame").src = url;
}

// --- sending -------------------------------------------------------------

function ask(title, value) {
  return new Promise((resolve) => {
    $("dialog-title").textContent = title;
    $("dialog-input").value = value || "";
    $("dialog").hidden = false;
    $("dialog-input").focus();
    const done = (answer) => { $("dialog").hidden = true; resolve(answer); };
    $("dialog-form").onsubmit = (event) => { event.preventDefault(); done($("dialog-input").value); };
    $("dialog-cancel").onclick = () => done(null);
  });
}

async function sendPlace() {
  const name = await ask(t("askPlace"), "上海市浦东新区世纪大道100号");
  if (name !== null) act("messages", { type: "location", latitude: 31.236305, longitude: 121.505701, scale: 16, label: name });
}
async function sendVoice() {
  const text = await ask(t("askVoice"), "");
  if (text !== null) act("messages", { type: "voice", recognition: text });
}
async function sendLink() {
  const url = await ask(t("askLink"), "https://example.com/");
  if (url) act("messages", { type: "link", title: url.replace(/^https?:\/\//, ""), description: url, url });
}
async function scan() {
  const scene = await ask(t("askScene"), "showroom-1");
  if (scene) act("scan", { scene });
}

function sendFile(file) {
  const reader = new FileReader();
  const kind = file.type.startsWith("video/") ? "video" : file.type.startsWith("audio/") ? "voice" : "image";
  reader.onload = () => act("messages", { type: kind, filename: file.name, data: String(reader.result).split(",")[1] || "" });
  reader.readAsDataURL(file);
}

function drawTools() {
  const tools = [["🖼️", t("photo"), () => $("file").click()], ["📷", t("shot"), () => act("messages", { type: "image" })], ["🎬", t("video"), () => act("messages", { type: "video" })],
    ["🎤", t("voice"), sendVoice], ["📍", t("place"), sendPlace], ["🔗", t("link"), sendLink], ["🔳", t("scanShort"), scan]];
  $("tools").replaceChildren(...tools.map(([sign, name, run]) => {
    const node = el("button", "", el("span", "", sign), name);
    node.type = "button"; node.onclick = () => { tray(null); run(); };
    return node;
  }));
  $("emojis").replaceChildren(...[..."😀😄😂🤣😊😍🤔😅😭😡👍👎🙏👌💪🎉🚗🔧🛠🌹"].map((sign) => {
    const node = el("button", "", sign);
    node.type = "button"; node.onclick = () => { $("message").value += sign; typed(); };
    return node;
  }));
}

// tray opens one of the drawers under the input, in the place of the menu, or closes it.
function tray(name) {
  const open = name && $(name).hidden;
  $("tools").hidden = !(open && name === "tools");
  $("emojis").hidden = !(open && name === "emojis");
  $("menu").hidden = Boolean(open) || !$("menu").childElementCount;
  $("submenu").hidden = true;
  toBottom();
}

function toBottom() {
  $("thread").scrollTop = $("thread").scrollHeight;
}

function typed() {
  const box = $("message");
  $("compose").classList.toggle("typing", box.value.trim() !== "");
  box.style.height = "40px";
  box.style.height = `${Math.min(112, box.scrollHeight)}px`;
  toBottom();
}

function submit(event) {
  event.preventDefault();
  const text = $("message").value.trim();
  if (!text) return;
  $("message").value = ""; typed();
  act("messages", { type: "text", content: text });
}

// --- the simulator's desk ------------------------------------------------

function drawPanel() {
  const people = state.people.some((p) => p.openid === me) ? state.people : [...state.people, { openid: me, nickname: "…" }];
  $("people").replaceChildren(...people.map((p) => {
    const node = el("button", "person", avatar(p.openid, p.nickname), el("span", "", el("b", "", p.nickname), el("small", "", p.subscribed ? p.openid : `${p.openid} · ${t("nobody")}`)));
    node.setAttribute("aria-pressed", String(p.openid === me));
    node.dataset.openid = p.openid;
    node.onclick = () => become(p.openid);
    return node;
  }));
  $("window").replaceChildren(...(state.window.length ? state.window.map((g) => el("div", g.left ? "grant" : "grant bad", el("span", "", `${t("triggers")[g.trigger]}：${g.left} ${t("left")}`), el("span", "", `${t("until")} ${stamp2(new Date(g.until))}`))) : [el("div", "grant bad", t("none"))]));
  $("now").textContent = `${new Date(state.now).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB")}${state.ahead === "0s" ? "" : `  (+${state.ahead})`}`;
  $("pushes").replaceChildren(...(state.pushes || []).map((p) => el("li", p.result === "failed" ? "bad" : "", el("span", "", `${p.type} #${p.attempt}`), el("span", "", `${p.status || "–"} ${p.result} · ${p.ms} ms`))));
}
const stamp2 = (d) => `${d.getMonth() + 1}-${d.getDate()} ${clock(d)}:${String(d.getSeconds()).padStart(2, "0")}`;

// --- wiring --------------------------------------------------------------

$("follow").onclick = () => act("subscribe");
$("unfollow").onclick = () => { $("sheet").hidden = true; act("unsubscribe"); };
$("scan").onclick = () => { $("sheet").hidden = true; scan(); };
$("more").onclick = () => { $("sheet").hidden = false; };
$("sheet-close").onclick = () => { $("sheet").hidden = true; };
$("sheet").onclick = (event) => { if (event.target === $("sheet")) $("sheet").hidden = true; };
$("compose").onsubmit = submit;
$("message").oninput = typed;
$("message").onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event); };
$("voice").onclick = sendVoice;
$("plus").onclick = () => tray("tools");
$("emoji").onclick = () => tray("emojis");
$("back").onclick = () => tray(null);
$("thread").onclick = () => tray(null);
$("file").onchange = () => { if ($("file").files[0]) sendFile($("file").files[0]); $("file").value = ""; };
$("zoom").onclick = (event) => { if (event.target.tagName !== "VIDEO") { $("zoom").hidden = true; $("zoom").replaceChildren(); } };
$("zoom").onkeydown = (event) => { if (event.key === "Escape" || event.key === "Enter") $("zoom").click(); };
$("web-close").onclick = () => { $("web").hidden = true; $("web-frame").src = "about:blank"; };
$("person-add").onclick = () => {
  const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  become("o" + Array.from(crypto.getRandomValues(new Uint8Array(27)), (b) => alphabet[b % alphabet.length]).join(""));
};
$("language").onclick = () => { lang = lang === "zh" ? "en" : "zh"; stored("sim-lang", lang); label(); clearThread(); refresh(); };
document.querySelectorAll("[data-advance]").forEach((b) => { b.onclick = () => call("/_sim/clock", { advance: b.dataset.advance }); });
document.addEventListener("click", () => { $("submenu").hidden = true; });
setInterval(() => { if (state) refresh(); }, 60000);

label();
become(me);

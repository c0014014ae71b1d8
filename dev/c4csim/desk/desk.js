"use strict";
// The agent's desk: lists tickets, shows one, answers it. Everything comes from /_sim/*; /_sim/stream says when to look again.
const $ = id => document.getElementById(id);
const state = { tickets: [], statuses: [], selected: location.hash.slice(1), filter: "open", known: null, files: [], ticket: null };
const noteTypes = { "10004": "Incident description", "10007": "Reply to customer", "10008": "Reply from customer", "10011": "Internal comment" };

function make(tag, options = {}, ...children) {
  const { data, ...rest } = options;
  const e = Object.assign(document.createElement(tag), rest);
  for (const [k, v] of Object.entries(data || {})) e.dataset[k] = v;
  e.append(...children.filter(c => c !== null && c !== undefined));
  return e;
}

async function call(method, path, body) {
  const answer = await fetch(path, { method, body: body && JSON.stringify(body) });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error(value.error || answer.statusText);
  return value;
}

const when = at => {
  const d = new Date(at), now = new Date(), time = d.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return d.toDateString() === now.toDateString() ? time : d.toLocaleDateString("en-GB", { day: "2-digit", month: "short" }) + ", " + time;
};
const initials = name => {
  const words = (name || "?").trim().split(/\s+/);
  return (/^[\x00-\x7f]/.test(words[0]) ? words.map(w => w[0]).join("").slice(0, 2) : words.at(-1).slice(0, 1)).toUpperCase();
};
const bytes = n => n < 1024 ? n + " B" : n < 1048576 ? (n / 1024).toFixed(1) + " KB" : (n / 1048576).toFixed(1) + " MB";

async function refresh() {
  const desk = await call("GET", "/_sim/desk");
  announce(desk.tickets);
  state.tickets = desk.tickets;
  state.statuses = desk.statuses;
  $("count").textContent = `(${desk.total})`;
  if (!state.selected && desk.tickets.length) state.selected = desk.tickets[0].id;
  drawList();
  await refreshTicket();
}

function announce(tickets) {
  const ids = new Set(tickets.map(t => t.id));
  if (state.known) {
    const fresh = tickets.filter(t => !state.known.has(t.id));
    if (fresh.length) toast(fresh.length === 1 ? `New ticket ${fresh[0].id}` : `${fresh.length} new tickets`);
  }
  state.known = ids;
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 4000);
}

function drawList() {
  const term = $("search").value.trim().toLowerCase();
  const open = t => t.life_cycle === "1" || t.life_cycle === "2";
  const shown = state.tickets.filter(t =>
    (state.filter === "all" || (state.filter === "open") === open(t)) &&
    (!term || `${t.id} ${t.subject} ${t.customer}`.toLowerCase().includes(term)));
  $("tickets").replaceChildren(...shown.map(t => make("li", {},
    make("button", { type: "button", className: t.waiting ? "waiting" : "", data: { ticket: t.id }, ariaCurrent: String(t.id === state.selected), onclick: () => select(t.id) },
      make("div", { className: "row" }, make("span", { className: "title", textContent: t.subject }), make("small", { textContent: when(t.changed_at) })),
      make("div", { className: "sub", textContent: t.customer || "Unknown customer" }),
      make("div", { className: "row" }, make("small", { textContent: t.id + (t.locked_by ? " · locked" : "") }), make("span", { className: `state lc${t.life_cycle}`, textContent: t.status_text }))))));
  $("none").hidden = shown.length > 0;
}

function select(id) {
  if (id !== state.selected) { $("reply").value = ""; setFiles([]); $("problem").textContent = ""; }
  state.selected = id;
  history.replaceState(null, "", "#" + id);
  drawList();
  refreshTicket();
}

async function refreshTicket() {
  const id = state.selected;
  let t = null;
  if (id) { try { t = await call("GET", "/_sim/desk/" + encodeURIComponent(id)); } catch { state.selected = ""; } }
  if (id !== state.selected && t) return;
  state.ticket = t;
  $("blank").hidden = Boolean(t);
  $("ticket").hidden = $("side").hidden = !t;
  document.title = t ? `${t.id} ${t.subject}` : "Agent desktop";
  if (!t) return;
  drawHead(t);
  drawThread(t);
  drawSide(t);
}

function facts(into, pairs) {
  into.replaceChildren(...pairs.filter(p => p[1]).map(([name, value, cls]) =>
    make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value, className: cls || "" }))));
}

// Extension fields by the names that people gave them: ZVIN_KUT is VIN.
const extensions = fields => Object.entries(fields || {}).map(([name, value]) => [name.replace(/^Z/, "").replace(/_KUT$/, ""), value]);

function drawHead(t) {
  const open = t.life_cycle === "1" || t.life_cycle === "2", name = t.customer?.name || "Unknown";
  $("number").textContent = t.id;
  $("subject").textContent = t.subject;
  facts($("facts"), [["Customer", name], ["Status", t.status_text, `lc${t.life_cycle}`], ["Priority", t.priority], ["Channel", "WeChat"],
    ["Created", when(t.created_at)], ["Changed", when(t.changed_at)], ["Processor", $("agent").textContent], ...extensions(t.fields)]);
  $("status").replaceChildren(...state.statuses.map(s => make("button", {
    type: "button", textContent: s.text, ariaPressed: String(s.code === t.status), data: { code: s.code }, onclick: () => act("POST", "status", { status: s.code }) })));
  $("locked").hidden = !t.locked_by;
  $("locked").textContent = t.locked_by ? `Locked by ${t.locked_by}: other users and interfaces cannot change this ticket.` : "";
  $("edit").ariaPressed = String(Boolean(t.locked_by));
  $("edit").textContent = t.locked_by ? "Done" : "Edit";
  for (const id of ["reply", "send", "private", "attach"]) $(id).disabled = !open;
  drawPlaceholder();
}

function drawPlaceholder() {
  const t = state.ticket, open = t.life_cycle === "1" || t.life_cycle === "2";
  $("form").classList.toggle("note", $("private").checked);
  $("reply").placeholder = !open ? `The ticket is ${t.status_text.toLowerCase()}. Set it to Open to reply.`
    : $("private").checked ? "Note for colleagues; the customer does not see it" : "Reply to the customer through WeChat";
}

function drawThread(t) {
  const list = $("thread"), atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60, before = list.childElementCount;
  const name = t.customer?.name || "Follower";
  $("messages").textContent = `(${t.thread.length})`;
  list.replaceChildren(...t.thread.map(m => {
    const agent = m.from === "agent", who = agent ? m.author || "Service Agent" : name, push = m.private && agent ? null : t.deliveries[m.id];
    return make("li", { className: `message ${m.from}${m.private && agent ? " private" : ""}`, data: { from: m.from, sma: m.id } },
      make("span", { className: `avatar ${agent ? "agent" : ""}`, textContent: initials(who), ariaHidden: "true" }),
      make("div", { className: "bubble" },
        make("div", { className: "meta" }, make("strong", { textContent: who }), make("span", { textContent: when(m.at) }), m.private && agent ? make("span", { className: "tag", textContent: "Private" }) : null),
        make("div", { className: "text", textContent: m.text }), ...(m.attachments || []).map(picture), push ? delivery(push) : null));
  }));
  if (atEnd || before !== t.thread.length) list.scrollTop = list.scrollHeight;
}

function delivery(push) {
  const good = push.status >= 200 && push.status < 300;
  return make("div", { className: good ? "sent" : "sent bad", textContent: good ? `✓ Sent to the channel (${push.status})` : `✕ The channel did not take it (${push.error || push.status})` });
}

function picture(a) {
  const url = a.url || "/_sim/attachments/" + a.object_id;
  if (/^image\/(png|jpeg|gif|webp)$/.test(a.mime_type)) return make("a", { href: url, target: "_blank", rel: "noopener" }, make("img", { className: "shot", src: url, alt: a.name }));
  return make("div", { className: "files" }, make("a", { href: url, textContent: `📎 ${a.name} (${bytes(a.size)})`, download: a.name }));
}

function drawSide(t) {
  const c = t.customer || {};
  $("customer-name").textContent = c.name || "Unknown customer";
  $("customer-role").textContent = c.role || "No customer is bound to the profile";
  $("initials").textContent = initials(c.name);
  facts($("customer"), [["Customer ID", c.id], ["Mobile", c.mobile], ["Phone", c.phone], ["E-mail", c.email], ["Address", c.address],
    ...extensions(t.customer_fields), ["Social media profile", t.profile_id], ["WeChat OpenID", t.openid]]);
  $("note-count").textContent = `(${t.notes.length})`;
  $("notes").replaceChildren(...(t.notes.length ? t.notes.map(n => make("li", { data: { type: n.type_code } },
    make("div", { className: "meta" }, make("span", { textContent: noteTypes[n.type_code] || n.type_code }), make("span", { textContent: when(n.at) })),
    make("div", { className: "text", textContent: n.text }))) : [make("li", { className: "none", textContent: "No notes" })]));
  $("attachment-count").textContent = `(${t.attachments.length})`;
  $("attachments").replaceChildren(...(t.attachments.length ? t.attachments.map(a => make("li", {}, picture(a),
    make("div", { className: "muted", textContent: `${a.name} · ${bytes(a.size)}` }))) : [make("li", { className: "none", textContent: "No attachments" })]));
}

async function act(method, what, body) {
  $("problem").textContent = "";
  try { return await call(method, `/_sim/tickets/${encodeURIComponent(state.selected)}/${what}`, body); }
  catch (e) { $("problem").textContent = e.message; }
  finally { refresh(); }
}

const encode = file => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onerror = failed;
  reader.onload = () => done({ name: file.name, mime_type: file.type || "application/octet-stream", content: reader.result.split(",")[1] || "" });
  reader.readAsDataURL(file);
});
function setFiles(files) {
  state.files = files;
  $("files").replaceChildren(...files.map(f => make("span", { textContent: f.name })));
}

async function send(event) {
  event.preventDefault();
  const text = $("reply").value.trim();
  if (!text && !state.files.length) return;
  $("send").disabled = true;
  const attachments = await Promise.all(state.files.map(encode));
  const answer = await act("POST", "replies", { text, author_name: $("agent").textContent, private: $("private").checked, attachments });
  $("send").disabled = false;
  if (!answer) return;
  $("reply").value = "";
  setFiles([]);
  $("private").checked = false;
  drawPlaceholder();
}

$("form").addEventListener("submit", send);
$("reply").addEventListener("keydown", e => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) $("form").requestSubmit(); });
$("private").addEventListener("change", drawPlaceholder);
$("attach").addEventListener("change", e => { setFiles([...e.target.files]); e.target.value = ""; });
$("edit").addEventListener("click", () => act(state.ticket.locked_by ? "DELETE" : "POST", "lock"));
$("search").addEventListener("input", drawList);
$("filter").addEventListener("click", e => {
  if (!e.target.dataset.filter) return;
  state.filter = e.target.dataset.filter;
  for (const b of $("filter").children) b.ariaPressed = String(b === e.target);
  drawList();
});
addEventListener("hashchange", () => select(location.hash.slice(1)));

const events = new EventSource("/_sim/stream");
let running = false, again = false;
async function update() {
  if (running) { again = true; return; }
  running = true;
  do { again = false; await refresh().catch(e => console.error(e)); } while (again);
  running = false;
}
events.addEventListener("change", update);
events.onopen = () => { $("live").textContent = "live"; $("live").classList.add("on"); };
events.onerror = () => { $("live").textContent = "reconnecting"; $("live").classList.remove("on"); };
update();

"use strict";
// Shows what the stack still waits for, and goes away when that is nothing.
(() => {
  const bar = document.createElement("p");
  bar.setAttribute("role", "status");
  bar.id = "dev-notice";
  Object.assign(bar.style, {
    position: "fixed", inset: "0 0 auto 0", margin: "0", padding: "8px 16px", zIndex: "9999", textAlign: "center",
    font: "14px/1.4 system-ui, sans-serif", color: "#fff", background: "#5b3cc4",
  });
  const look = async () => {
    try {
      const answer = await fetch("/_dev/notice");
      const text = answer.ok ? await answer.text() : "";
      if (!text) return bar.remove();
      bar.textContent = text;
    } catch {
      bar.textContent = "The development stack has stopped.";
    }
    setTimeout(look, 1000);
  };
  document.body.append(bar);
  look();
})();

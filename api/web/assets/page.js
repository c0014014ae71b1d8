"use strict";
// Comforts for a page that works without them: one submission per tap, smaller pictures, the follower's own time.

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!isNaN(at)) {
    time.textContent = at.toLocaleString(document.documentElement.lang, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
  }
}

// A second tap while the first is under way sends nothing. Coming back to the page unlocks it.
function lock(form, busy) {
  const button = form.querySelector("button");
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

for (const input of document.querySelectorAll("input[type=file]")) {
  const previews = input.parentElement.querySelector(".previews");
  const button = input.form.querySelector("button");
  input.addEventListener("change", async () => {
    button.disabled = true;
    const files = await Promise.all([...input.files].map(shrink));
    try {
      const list = new DataTransfer();
      for (const file of files) list.items.add(file);
      input.files = list.files;
    } catch {
      // the pictures go as they are
    }
    previews.replaceChildren(...files.slice(0, Number(input.dataset.max)).map((file) => {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = "";
      image.onload = () => URL.revokeObjectURL(image.src);
      return image;
    }));
    button.disabled = false;
  });
}

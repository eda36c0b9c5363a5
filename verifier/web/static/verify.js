// Niceties for the verify page: drop or paste a file, scan a QR code. Without this module the form works the same.
import { camera } from "./camera.js";

const MOST = 5_000_000; // bytes of a picture that the service takes
const PHOTOGRAPHS = ["image/jpeg", "image/webp"];
const LONGEST_SIDE = 3000;

const form = document.getElementById("verify");
if (form) {
  const at = (id) => document.getElementById(id);
  const [field, file, input, chosen] = ["field", "file", "input", "chosen"].map(at);
  // Nothing is dragged with a finger.
  for (const part of document.querySelectorAll(".enhanced")) part.hidden = matchMedia("(hover: none)").matches;

  const take = (files) => {
    if (!files || files.length === 0) return false;
    const transfer = new DataTransfer();
    transfer.items.add(files[0]);
    file.files = transfer.files;
    file.dispatchEvent(new Event("change"));
    return true;
  };

  file.addEventListener("change", () => {
    chosen.textContent = file.files.length ? `${chosen.dataset.ready} ${file.files[0].name}` : "";
    if (file.files.length) input.value = "";
  });
  input.addEventListener("input", () => {
    if (input.value && file.files.length) {
      file.value = "";
      chosen.textContent = "";
    }
  });

  // Beside the field, too: a file that is dropped there must not take the page's place.
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      field.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) field.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    field.classList.remove("over");
    if (take(event.dataTransfer.files)) return;
    input.value = event.dataTransfer.getData("text/plain") || event.dataTransfer.getData("text/uri-list");
  });
  document.addEventListener("paste", (event) => {
    if (take(event.clipboardData.files)) event.preventDefault();
  });

  // A telephone's photograph may be larger than what is taken; its QR code does not need all of it.
  form.addEventListener("submit", async (event) => {
    const [picture] = file.files;
    if (!picture || picture.size <= MOST || !PHOTOGRAPHS.includes(picture.type)) return;
    event.preventDefault();
    try {
      const whole = await createImageBitmap(picture);
      const scale = Math.min(1, LONGEST_SIDE / Math.max(whole.width, whole.height));
      const canvas = document.createElement("canvas");
      canvas.width = whole.width * scale;
      canvas.height = whole.height * scale;
      canvas.getContext("2d").drawImage(whole, 0, 0, canvas.width, canvas.height);
      const smaller = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      take([new File([smaller], picture.name, { type: "image/jpeg" })]);
    } finally {
      form.submit();
    }
  });

  const [scan, stop, seen, scene] = ["scan", "stop", "seen", "camera"].map(at);
  const show = (scanning) => {
    scene.hidden = stop.hidden = !scanning;
    field.hidden = scan.hidden = at("send").hidden = scanning;
    (scanning ? stop : scan).focus();
  };
  const say = (name) => {
    const sentence = seen.dataset[name];
    if (seen.textContent !== sentence) seen.textContent = sentence;
  };
  const eye = camera(at("video"), say, (found) => {
    eye.stop();
    if (typeof found === "string") {
      file.value = "";
      input.value = found;
    } else {
      take([new File([found], "camera.jpg", { type: "image/jpeg" })]);
    }
    form.submit();
  });
  if (navigator.mediaDevices?.getUserMedia) scan.hidden = false;
  scan.addEventListener("click", () => {
    show(true);
    eye.start();
  });
  const close = () => {
    eye.stop();
    if (!scene.hidden) show(false);
  };
  stop.addEventListener("click", close);
  addEventListener("pagehide", close);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close(); // nobody looks on unseen
  });
}

// Niceties for the verify page: drop a file, paste a file. Without this module the form works just the same.
const form = document.getElementById("verify");
if (form) {
  const field = document.getElementById("field");
  const file = document.getElementById("file");
  const input = document.getElementById("input");
  const chosen = document.getElementById("chosen");
  for (const part of document.querySelectorAll(".enhanced")) part.hidden = false;

  const take = (files) => {
    if (!files || files.length === 0) return false;
    const transfer = new DataTransfer();
    transfer.items.add(files[0]);
    file.files = transfer.files;
    file.dispatchEvent(new Event("change"));
    return true;
  };

  file.addEventListener("change", () => {
    chosen.textContent = file.files.length ? file.files[0].name : "";
    if (file.files.length) input.value = "";
  });
  input.addEventListener("input", () => {
    if (input.value && file.files.length) {
      file.value = "";
      chosen.textContent = "";
    }
  });
  for (const kind of ["dragenter", "dragover"]) {
    field.addEventListener(kind, (event) => {
      event.preventDefault();
      field.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    field.addEventListener(kind, () => field.classList.remove("over"));
  }
  field.addEventListener("drop", (event) => {
    event.preventDefault();
    if (take(event.dataTransfer.files)) return;
    input.value = event.dataTransfer.getData("text/plain") || event.dataTransfer.getData("text/uri-list");
  });
  document.addEventListener("paste", (event) => {
    if (take(event.clipboardData.files)) event.preventDefault();
  });
}

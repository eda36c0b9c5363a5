// Niceties for a link that was just made: copy it, and take the word that said so out of the address.
// Without this module the address can be read and copied by hand.
const copy = document.getElementById("copy");
if (copy) {
  history.replaceState(null, "", location.pathname);
  if (navigator.clipboard) {
    const copied = document.getElementById("copied");
    for (const part of document.querySelectorAll(".enhanced")) part.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById("address").textContent);
      copied.textContent = copied.dataset.said;
    });
  }
}

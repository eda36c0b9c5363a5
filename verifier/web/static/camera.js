// Look for a QR code with the camera: in the browser where it can (BarcodeDetector), else by sending frames to the
// service, one at a time. What is found goes into the form, as if it had been pasted or chosen.
const FRAMES = 120;
const PAUSE = 400; // ms after each look, and after a refusal ten times that
const WIDEST = 1280;
const NOTHING = ["carrier.unrecognised", "carrier.damaged", "carrier.not_decoded"];

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function detector() {
  try {
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  } catch {
    return null;
  }
}

function frame(video) {
  const scale = Math.min(1, WIDEST / video.videoWidth);
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth * scale;
  canvas.height = video.videoHeight * scale;
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

async function ask(picture) {
  const headers = { "Content-Type": "image/jpeg" };
  const answer = await fetch("/api/verify", { method: "POST", body: picture, headers });
  if (!answer.ok) throw new Error(answer.status);
  const report = await answer.json();
  return report.checks.find((check) => check.check === "carrier").reason;
}

// `found` gets a text or a picture; `say` one of the sentences that the page holds.
export function camera(video, say, found) {
  let stream = null;
  let turn = 0;

  const stop = () => {
    turn += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  };

  const look = async (mine) => {
    let own = await detector();
    for (let count = 0; count < FRAMES; count += 1) {
      if (own) {
        try {
          const codes = await own.detect(video);
          if (mine !== turn) return;
          if (codes.length === 1) return found(codes[0].rawValue);
          say(codes.length ? "more" : "look");
        } catch {
          own = null; // it promised more than it can do
        }
      } else {
        const picture = await frame(video);
        if (mine !== turn) return;
        try {
          const reason = await ask(picture);
          if (mine !== turn) return;
          if (reason === "carrier.ambiguous") say("more");
          else if (NOTHING.includes(reason)) say("look");
          else return found(picture);
        } catch {
          say("busy");
          await wait(9 * PAUSE);
        }
      }
      await wait(PAUSE);
      if (mine !== turn) return;
    }
    stop();
    say("none");
  };

  const start = async () => {
    stop();
    const mine = turn;
    say("ask");
    const wanted = { video: { facingMode: "environment", width: { ideal: WIDEST } }, audio: false };
    try {
      const given = await navigator.mediaDevices.getUserMedia(wanted);
      if (mine !== turn) {
        for (const track of given.getTracks()) track.stop();
        return;
      }
      stream = given;
      video.srcObject = stream;
      await video.play();
    } catch {
      if (mine !== turn) return;
      stop();
      say("shut");
      return;
    }
    say("look");
    await look(mine);
  };

  return { start, stop };
}

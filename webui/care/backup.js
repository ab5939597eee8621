// Backup, restore, restart and factory reset.

import { SOON_MS, post, refreshSession } from "../api.js";
import { sure } from "../ask.js";
import { make } from "../dom.js";
import { FieldErrors, downloadButton, fileField, form, section, textField, tickField } from "../forms.js";
import { onTrial } from "../settings/section.js";
import { say } from "../text.js";

const AGAIN_MS = 1500;

export function backupSection() {
  const secrets = tickField(say("backup.secrets"), false, { help: say("backup.secrets.help") });
  const link = downloadButton(say("backup.download"), () => `/backup?secrets=${secrets.value() ? 1 : 0}`);
  return section(say("backup.title"), make("p", {}, say("backup.what")), secrets.element, link);
}

export function restoreSection() {
  const file = fileField(say("restore.file"), ".toml", { help: say("restore.file.help") });
  async function send() {
    const chosen = file.value();
    if (!chosen) throw new FieldErrors({ toml: say("reason.missing") });
    const answer = await post("/restore", { toml: await chosen.text() });
    return answer?.pending ? onTrial(answer.pending, true) : say("restore.done");
  }
  const restore = form({ parts: [file], fields: { toml: file }, submit: say("restore.submit"), send });
  return section(say("restore.title"), restore.element);
}

/** Wait until the gateway answers again. */
async function untilBack() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    try {
      return await refreshSession(SOON_MS);
    } catch {
      // Not yet.
    }
  }
}

export function restartSection() {
  const send = async () => {
    if (!(await sure(say("restart.sure"), say("restart.what"), say("restart.submit")))) return "";
    await post("/restart");
    restart.tell(say("restart.waiting"));
    await untilBack();
    return say("restart.done");
  };
  const restart = form({
    parts: [make("p", {}, say("restart.what"))],
    fields: {},
    submit: say("restart.submit"),
    send,
  });
  return section(say("restart.title"), restart.element);
}

/** @param {() => Promise<void>} sessionChanged */
export function resetSection(sessionChanged) {
  const word = say("reset.word");
  const typed = textField(say("reset.type", { word }), { autocapitalize: "off", maxlength: 30 });
  async function send() {
    if (typed.value().trim().toLowerCase() !== word.toLowerCase())
      throw new FieldErrors({ confirm: say("reset.mistyped", { word }) });
    await post("/factory-reset", { confirm: "factory-reset" });
    await untilBack();
    await sessionChanged();
    return "";
  }
  const reset = form({
    parts: [make("p", {}, say("reset.what")), typed],
    fields: { confirm: typed },
    submit: say("reset.submit"),
    send,
    className: "danger",
  });
  return section(say("reset.title"), reset.element);
}

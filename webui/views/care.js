// Looking after the gateway: what it is and how it fares, its log, backups, restart.

import { make } from "../dom.js";
import { page } from "../forms.js";
import { aboutSection } from "../care/about.js";
import { backupSection, resetSection, restartSection, restoreSection } from "../care/backup.js";
import { bundleSection } from "../care/bundle.js";
import { captureSection } from "../care/capture.js";
import { changesSection } from "../care/changes.js";
import { historySection } from "../care/history.js";
import { logSection } from "../care/log.js";
import { telegramSection } from "../care/telegrams.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ sessionChanged, announce }) {
  const about = aboutSection();
  const log = logSection();
  const telegrams = telegramSection(announce);
  const capture = captureSection();
  /** @type {View[]} */
  const parts = [about, log, telegrams, capture];
  const elements = [
    about.element,
    log.element,
    changesSection().element,
    telegrams.element,
    bundleSection(),
    capture.element,
    backupSection(),
    restoreSection(),
    historySection().element,
    restartSection(),
    resetSection(sessionChanged),
  ];
  const element = page(say("view.care"), make("div", {}, ...elements));
  return {
    element,
    update: (data) => parts.forEach((part) => part.update?.(data)),
    close: () => parts.forEach((part) => part.close?.()),
  };
}

// Who may come in: the password, who is logged in, and tokens for programs.

import { passwordSection } from "../access/password.js";
import { sessionSection } from "../access/sessions.js";
import { tokenSection } from "../access/tokens.js";
import { page } from "../forms.js";
import { say } from "../text.js";

/**
 * @param {ViewTools} tools
 * @returns {View}
 */
export function open({ announce }) {
  const sessions = sessionSection(announce);
  const tokens = tokenSection(announce);
  const reload = () => {
    sessions.reload();
    tokens.reload();
  };
  return { element: page(say("view.access"), passwordSection(reload), sessions.element, tokens.element) };
}

/** Dialogs: the app's confirmation, and its modals. */

import { act } from "./api.js";
import { blocksOf } from "./blocks.js";
import { h, icon } from "./dom.js";
import { empty, keep, newForm, valuesOf } from "./fields.js";
import { on, state } from "./store.js";
import { plain, textOf } from "./text.js";

/** Shows the `confirm` dialog; true at once without one. @param {any} confirm @returns {Promise<boolean>} */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  return new Promise((resolve) => {
    const style = confirm.style === "danger" ? "danger" : "primary";
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        "dialog",
        { class: "dialog", "aria-labelledby": "confirm-title" },
        h("h2", { id: "confirm-title", class: "dialog-title" }, plain(confirm.title.text)),
        h("div", { class: "dialog-body" }, textOf(confirm.text)),
        h(
          "div",
          { class: "dialog-foot" },
          h("button", { type: "button", class: "el-button", onclick: () => dialog.close("no") }, plain(confirm.deny.text)),
          h("button", { type: "button", class: `el-button ${style}`, onclick: () => dialog.close("yes") }, plain(confirm.confirm.text)),
        ),
      )
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @typedef {{dialog: HTMLDialogElement, form: import("./fields.js").Form, view: any}} Open */

/** @type {Open | null} */
let open = null;
/** The element to which the focus returns. @type {HTMLElement | null} */
let from = null;

/** Shows the modal on top for the acting person whenever there is one. */
export function mountModals() {
  on(["views"], () => {
    const view = state.views.filter((each) => each.user === state.me).at(-1);
    if (view?.hash === open?.view.hash) return;
    if (!open) from = /** @type {HTMLElement | null} */ (document.activeElement);
    const before = open;
    open = view ? modal(view, before) : null;
    before?.dialog.remove();
    open?.dialog.showModal();
    if (open && before?.view.id === view.id) focusOn(open.dialog, before.focused);
    if (!open) from?.focus({ preventScroll: true });
  });
}

/** @param {HTMLDialogElement} dialog @param {string} id */
function focusOn(dialog, id) {
  /** @type {HTMLElement | undefined} */ ([...dialog.querySelectorAll("[id]")].find((each) => each.id === id))?.focus();
}

/** @param {any} view @param {(Open & {focused?: string}) | null} before */
function modal(view, before) {
  const form = newForm();
  if (before) before.focused = document.activeElement?.id ?? "";
  if (before?.view.id === view.id) keep(before.form, form);
  const close = () => void act("close", { view: view.id });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    failure.textContent = "";
    const complete = checked(form);
    if (!complete || sending) return;
    sending = true;
    dialog.setAttribute("aria-busy", "true");
    const told = await act("submit", { view: view.id, values: valuesOf(form) });
    sending = false;
    dialog.removeAttribute("aria-busy");
    if (told?.acked && told.body?.response_action === "errors") showErrors(form, told.body.errors);
    else if (told && !told.acked) failure.textContent = troubleWith(told.body);
  };
  // As in Slack, from any field.
  const hurried = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && view.submit) void submit(event);
  };
  let sending = false;
  const failure = h("p", { class: "b-error", role: "alert" });
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { class: `dialog modal ${view.previous_view_id ? "is-above" : ""}`, "aria-labelledby": "modal-title" },
      h(
        "form",
        { class: "modal-form", novalidate: true, onsubmit: submit, onkeydown: hurried },
        h(
          "div",
          { class: "dialog-head" },
          h("h2", { id: "modal-title", class: "dialog-title" }, plain(view.title.text)),
          h("button", { type: "button", class: "plain-button", "aria-label": "Close", onclick: close }, icon("close")),
        ),
        h("div", { class: "dialog-body" }, blocksOf(view.blocks, { view: view.id, form }), failure),
        h(
          "div",
          { class: "dialog-foot" },
          h("button", { type: "button", class: "el-button", onclick: close }, plain(view.close?.text ?? "Cancel")),
          view.submit && h("button", { type: "submit", class: "el-button primary" }, plain(view.submit.text)),
        ),
      ),
    )
  );
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  document.body.append(dialog);
  return { dialog, form, view };
}

/** @param {string} body */
function troubleWith(body) {
  const silent = body === "operation_timeout" || body === "dispatch_failed" || typeof body !== "string" || !/^[a-z_]+$/.test(body);
  return silent ? `${state.app.name} did not answer. Try again.` : `Slack could not use the answer of ${state.app.name}: ${body}.`;
}

/** Whether all required fields are filled in; shows those that are not. @param {import("./fields.js").Form} form */
function checked(form) {
  const missing = [...form.required].filter((block) => empty(form.fields.get(block)?.()));
  showErrors(form, Object.fromEntries(missing.map((block) => [block, "Please complete this required field."])));
  return !missing.length;
}

/** @param {import("./fields.js").Form} form @param {Record<string, string>} errors */
function showErrors(form, errors) {
  for (const [block, node] of form.errors) {
    node.hidden = !errors[block];
    node.textContent = errors[block] ?? "";
    document.getElementById(`field-${block}`)?.setAttribute("aria-invalid", String(Boolean(errors[block])));
  }
  const first = [...form.errors.keys()].find((block) => errors[block]);
  if (first) document.getElementById(`field-${first}`)?.focus();
}

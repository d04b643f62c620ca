/** Dialogs: the app's confirmation, and its modals. */

import { act } from "./api.js";
import { blocksOf } from "./blocks.js";
import { h, icon } from "./dom.js";
import { on, state } from "./store.js";
import { plain, textOf } from "./text.js";

/** Asks as a `confirm` object says; true at once where there is none. @param {any} confirm @returns {Promise<boolean>} */
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

/** @type {{dialog: HTMLDialogElement, hash: string} | null} */
let open = null;

/** Shows the modal on top for the acting person whenever there is one. */
export function mountModals() {
  on(["views"], () => {
    const view = state.views.filter((each) => each.user === state.me).at(-1);
    if (view?.hash === open?.hash) return;
    open?.dialog.remove();
    open = view ? { dialog: modal(view), hash: view.hash } : null;
    open?.dialog.showModal();
  });
}

/** @param {any} view */
function modal(view) {
  const form = { fields: new Map(), errors: new Map(), required: new Map() };
  const close = () => void act("close", { view: view.id });
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const values = valuesOf(form);
    if (!values) return;
    const told = await act("submit", { view: view.id, values });
    if (told?.body?.response_action === "errors") showErrors(form, told.body.errors);
    else if (told && !told.acked) failure.textContent = `${state.app.name} did not answer. Try again.`;
  };
  const failure = h("p", { class: "b-error", role: "alert" });
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      "dialog",
      { class: "dialog modal", "aria-labelledby": "modal-title" },
      h(
        "form",
        { novalidate: true, onsubmit: submit },
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
  return dialog;
}

/** What was entered; null where something is missing, which is shown. @param {import("./blocks.js").Form} form */
function valuesOf(form) {
  /** @type {Record<string, any>} */ const values = {};
  /** @type {Record<string, string>} */ const missing = {};
  for (const [name, read] of form.fields) {
    const value = read();
    const empty = value === "" || (Array.isArray(value) && !value.length);
    const block = form.required.get(name);
    if (!empty) values[name] = value;
    else if (block) missing[block] = "Please complete this required field.";
  }
  showErrors(form, missing);
  return Object.keys(missing).length ? null : values;
}

/** @param {import("./blocks.js").Form} form @param {Record<string, string>} errors */
function showErrors(form, errors) {
  for (const [block, node] of form.errors) {
    node.hidden = !errors[block];
    node.textContent = errors[block] ?? "";
  }
}

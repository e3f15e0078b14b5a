"use strict";

const NOBODY = "";
const dark = matchMedia("(prefers-color-scheme: dark)");
const followColorScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColorScheme);
followColorScheme();

const ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  defaultModelsExpandDepth: 0, // the list of schemas is long, and each operation shows its own
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null, // the default validator is on another host
  onComplete: offerTokens,
});

/** On the local stage, offer to send requests as an admin (the default), as a tutor of the demo, or without a token. */
async function offerTokens() {
  const { adminToken, tutors } = await (await fetch("/reference/config.json")).json();
  if (adminToken === undefined) {
    return; // the button "Authorize" takes a token
  }
  const sender = document.getElementById("sender");
  const select = sender.querySelector("select");
  select.append(new Option("support (admin)", adminToken));
  select.append(...tutors.map(({ name, token }) => new Option(name, token)), new Option("nobody", NOBODY));
  select.addEventListener("change", () => sendAs(select.value));
  sender.hidden = false;
  sendAs(select.value);
}

function sendAs(token) {
  if (token === NOBODY) {
    ui.authActions.logout(["bearer"]);
  } else {
    ui.preauthorizeApiKey("bearer", token);
  }
}

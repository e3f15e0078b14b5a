/** The texts of the usual week in Danish. */

import { pluralIn } from "../plural";
import type { usual as enUsual } from "./en";

const plural = pluralIn("da");
const slots = (count: number) => plural(count, { one: "tid", other: "tider" });
const freeSlots = (count: number) => plural(count, { one: "ledig tid", other: "ledige tider" });

export const usual: typeof enUsual = {
  about: (zone) =>
    `Tegn det, du udbyder i en almindelig uge. Det offentliggøres af sig selv, uge efter uge. Klokkeslæt er ${zone}.`,
  notPublished: "Intet offentliggøres af sig selv endnu.",
  publishedUntil: (day) => `Offentliggjort til og med ${day}.`,
  stop: "Stop offentliggørelsen",
  form: {
    length: "Varighed i minutter",
    pause: "Pause imellem",
    start: "Start",
    end: "Slut",
    days: "Dage",
    add: "Tilføj",
    remove: "Fjern",
    wholeNumbers: "Brug hele tal: 5 til 720 for varigheden i minutter, 0 til 720 for pausen.",
  },
  grid: {
    name: "Den almindelige uge",
    time: "Klokkeslæt",
    cell: (weekday, time, slots) => `${weekday} ${time}${slots === "" ? "" : `, udbudt ${slots}`}`,
    help:
      "Klik på et klokkeslæt for at tilføje en tid, og på en tid for at fjerne den. Træk hen over flere dage for at fylde dem; " +
      "det, der var der, erstattes. Med tastaturet: piletaster, med Skift for flere, derefter Enter for at tilføje eller Delete " +
      "for at fjerne.",
  },
  row: (first, last) => `${first} til ${last}`,
  added: (times, added, replaced) => `${times}: ${slots(added)} tilføjet${replaced > 0 ? `, ${replaced} erstattet` : ""}.`,
  removedOne: (weekday, times) => `${weekday}, ${times} fjernet.`,
  removed: (count) => `${slots(count)} fjernet.`,
  every: "Hver",
  rhythms: ["uge", "anden uge", "tredje uge", "fjerde uge"],
  fromMonday: "Disse uger går fra mandag til søndag.",
  from: "Fra",
  weeksAhead: "Uger frem",
  breaks: {
    title: "Pauser",
    about: "Intet udbydes fra den første til den sidste dag. For en enkelt dag kan du lade den sidste stå tom.",
    number: (number) => `Pause ${number}`,
    first: "Første dag",
    last: "Sidste dag",
    note: "Note (valgfri)",
    remove: "Fjern",
    removeNumber: (number) => `Fjern pause ${number}`,
  },
  holidays: {
    title: "Helligdage",
    country: "Land",
    choose: "Vælg …",
    region: "Region",
    whole: "Hele landet",
    tickAll: "Vælg alle",
    span: (first, last) => `${first} til ${last}`,
    inBreak: "(er allerede i en pause)",
  },
  aWeek: (count) => `${slots(count)} om ugen.`,
  notSaved: "Ikke gemt endnu.",
  noChanges: "Ingen ændringer at gemme.",
  discard: "Kassér",
  discarded: "Ændringerne er kasseret.",
  review: "Gennemse og gem",
  stopped: (removed) => `Offentliggørelsen er stoppet: ${freeSlots(removed)} fjernet.`,
  saved: (added, removed) => `Gemt: ${added} tilføjet, ${removed} fjernet.`,
  historyLater: "Historikken viser det om få minutter.",
  asItIs: "Sådan er den almindelige uge nu.",
  publish: {
    changedElsewhere: "Den almindelige uge blev ændret et andet sted",
    somebody: "Nogen har ændret den, siden du åbnede siden. Intet af dit er gemt endnu.",
    show: "Vis den, som den er nu",
    stopAnyway: "Stop alligevel",
    replace: "Erstat den med min",
    stopQuestion: "Stop offentliggørelsen?",
    checking: "Kontrollerer ændringerne …",
    save: "Gem",
    saving: "Gemmer …",
    back: "Tilbage til den almindelige uge",
    invalid: "Det kan ikke gemmes. Gå tilbage, og ret dette:",
    also: (isStop, isAdmin) =>
      `${isStop ? "Ryd" : "Erstat"} også dage, som ${isAdmin ? "blev ændret" : "jeg har ændret"} i hånden`,
  },
  lines: {
    none: "Ingen tider ændres.",
    changes: (added, removed, until) => {
      const text = [added && `tilføjer ${slots(added)}`, removed && `fjerner ${freeSlots(removed)}`].filter(Boolean).join(" og ");
      return `${text[0]!.toUpperCase()}${text.slice(1)}${until === null ? "" : ` til og med ${until}`}.`;
    },
    kept: (count, isAdmin, days) =>
      `Beholder ${plural(count, { one: "dag", other: "dage" })}, som ${isAdmin ? "blev ændret" : "du har ændret"} i hånden: ${days}.`,
    booked: (count, times) => `${plural(count, { one: "booket time", other: "bookede timer" })} bliver: ${times}.`,
    overlapping: (count, times) => `Udelader ${slots(count)}, som ville overlappe det, der bliver: ${times}.`,
    skipped: (count, times) => `Udelader ${slots(count)} på klokkeslæt, som uret springer over: ${times}.`,
    hasMore: "Der er flere af den slags dage; de første er nævnt.",
    at: (day, time) => `${day} kl. ${time}`,
    more: (count) => `${count} mere`,
  },
};

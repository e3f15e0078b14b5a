/** The texts of the usual week in German. */

import { pluralIn } from "../plural";
import type { usual as enUsual } from "./en";

const plural = pluralIn("de");
const slots = (count: number) => plural(count, { one: "Zeit", other: "Zeiten" });
const newSlots = (count: number) => plural(count, { one: "neue Zeit", other: "neue Zeiten" });
const freeSlots = (count: number) => plural(count, { one: "freie Zeit", other: "freie Zeiten" });

export const usual: typeof enUsual = {
  about: (zone) =>
    `Zeichne ein, was du in einer üblichen Woche anbietest. Es wird von selbst veröffentlicht, Woche für Woche. Uhrzeiten sind ${zone}.`,
  notPublished: "Noch wird nichts von selbst veröffentlicht.",
  publishedUntil: (day) => `Veröffentlicht bis ${day}.`,
  stop: "Nicht mehr veröffentlichen",
  form: {
    length: "Dauer in Minuten",
    pause: "Pause dazwischen",
    start: "Beginn",
    end: "Ende",
    days: "Tage",
    add: "Hinzufügen",
    remove: "Entfernen",
    wholeNumbers: "Nimm ganze Zahlen: 5 bis 720 für die Dauer in Minuten, 0 bis 720 für die Pause.",
  },
  grid: {
    name: "Die übliche Woche",
    time: "Uhrzeit",
    cell: (weekday, time, slots) => `${weekday} ${time}${slots === "" ? "" : `, angeboten ${slots}`}`,
    help:
      "Klicke auf eine Uhrzeit, um eine Zeit anzubieten, und auf eine Zeit, um sie zu entfernen. Ziehe über mehrere Tage, um " +
      "sie zu füllen; was dort war, wird ersetzt. Mit der Tastatur: Pfeiltasten, mit Umschalt für mehrere, dann Enter zum " +
      "Anbieten oder Entf zum Entfernen.",
  },
  row: (first, last) => `${first} bis ${last}`,
  added: (times, added, replaced) => `${times}: ${slots(added)} angeboten${replaced > 0 ? `, ${replaced} ersetzt` : ""}.`,
  removedOne: (weekday, times) => `${weekday}, ${times} entfernt.`,
  removed: (count) => `${slots(count)} entfernt.`,
  every: "Jede",
  rhythms: ["Woche", "zweite Woche", "dritte Woche", "vierte Woche"],
  fromMonday: "Diese Wochen gehen von Montag bis Sonntag.",
  from: "Ab",
  weeksAhead: "Wochen im Voraus",
  breaks: {
    title: "Pausen",
    about: "Vom ersten bis zum letzten Tag wird nichts angeboten. Für einen einzelnen Tag lass den letzten leer.",
    number: (number) => `Pause ${number}`,
    first: "Erster Tag",
    last: "Letzter Tag",
    note: "Notiz (optional)",
    remove: "Entfernen",
    removeNumber: (number) => `Pause ${number} entfernen`,
  },
  holidays: {
    title: "Feiertage",
    country: "Land",
    choose: "Wählen …",
    region: "Region",
    whole: "Das ganze Land",
    tickAll: "Alle ankreuzen",
    span: (first, last) => `${first} bis ${last}`,
    inBreak: "(schon in einer Pause)",
  },
  aWeek: (count) => `${slots(count)} pro Woche.`,
  notSaved: "Noch nicht gespeichert.",
  noChanges: "Nichts zu speichern.",
  discard: "Verwerfen",
  discarded: "Die Änderungen sind verworfen.",
  review: "Prüfen und speichern",
  stopped: (removed) => `Es wird nichts mehr veröffentlicht: ${freeSlots(removed)} entfernt.`,
  saved: (added, removed) => `Gespeichert: ${added} neu, ${removed} entfernt.`,
  historyLater: "Im Verlauf steht es in ein paar Minuten.",
  asItIs: "So ist die übliche Woche jetzt.",
  publish: {
    changedElsewhere: "Die übliche Woche wurde anderswo geändert",
    somebody: "Jemand hat sie geändert, seit du diese Seite geöffnet hast. Von dir ist noch nichts gespeichert.",
    show: "Zeigen, wie sie jetzt ist",
    stopAnyway: "Trotzdem beenden",
    replace: "Durch meine ersetzen",
    stopQuestion: "Nicht mehr veröffentlichen?",
    checking: "Die Änderungen werden geprüft …",
    save: "Speichern",
    saving: "Wird gespeichert …",
    back: "Zurück zur üblichen Woche",
    invalid: "Das kann nicht gespeichert werden. Geh zurück und ändere dies:",
    also: (isStop, isAdmin) =>
      `Auch Tage ${isStop ? "leeren" : "ersetzen"}, die ${isAdmin ? "von Hand geändert wurden" : "ich von Hand geändert habe"}`,
  },
  lines: {
    none: "Keine Zeit ändert sich.",
    changes: (added, removed, until) =>
      (until === null ? "" : `Bis ${until}: `) +
      `${[added && newSlots(added), removed && `${freeSlots(removed)} entfernt`].filter(Boolean).join(", ")}.`,
    kept: (count, isAdmin, days) =>
      `${plural(count, { one: "Tag bleibt", other: "Tage bleiben" })}, ` +
      `${isAdmin ? (count === 1 ? "weil er" : "weil sie") : count === 1 ? "weil du ihn" : "weil du sie"} von Hand geändert ` +
      `${!isAdmin ? "hast" : count === 1 ? "wurde" : "wurden"}: ${days}.`,
    booked: (count, times) => `${plural(count, { one: "gebuchte Stunde bleibt", other: "gebuchte Stunden bleiben" })}: ${times}.`,
    overlapping: (count, times) =>
      `${plural(count, { one: "Zeit entfällt, weil sie", other: "Zeiten entfallen, weil sie" })} sich mit dem, was bleibt, ` +
      `überschneiden ${count === 1 ? "würde" : "würden"}: ${times}.`,
    skipped: (count, times) =>
      `${plural(count, { one: "Zeit entfällt, weil die Uhr sie", other: "Zeiten entfallen, weil die Uhr sie" })} überspringt: ${times}.`,
    hasMore: "Es gibt mehr solche Tage; die ersten sind genannt.",
    at: (day, time) => `${day} um ${time}`,
    more: (count) => `${count} weitere`,
  },
};

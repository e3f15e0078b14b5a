/** The texts of the history in German. */

import { pluralIn } from "../plural";
import type * as en from "./en";

const plural = pluralIn("de");

export const history: typeof en.history = {
  of: (name) => `Verlauf von ${name}`,
  timesAre: (place) => `Zeiten sind die in ${place}.`,
  yours: (place) => `Deine (in ${place}) stehen daneben.`,
  show: "Zeigen",
  shown: { all: "Alles", edits: "Änderungen", bookings: "Buchungen" },
  sides: "Verlauf oder Woche",
  timeline: "Verlauf",
  thenAndNow: "Woche damals und jetzt",
  filter: "Filter",
  period: "Der letzten",
  days: (count) => plural(count, { one: "Tag", other: "Tage" }),
  what: "Was",
  actions: { any: "Angeboten oder entfernt", added: "Angeboten", removed: "Entfernt" },
  reason: "Warum",
  anyReason: "Jeder Grund",
  slotsOn: "Zeiten am",
  clear: "Filter löschen",
  csv: "Herunterladen (CSV)",
  csvTooLarge: "Das ist zu viel für eine Datei. Wähle einen kürzeren Zeitraum, oder filtere nach Tag oder Grund.",
  loading: "Der Verlauf wird geladen …",
  count: (count, days, hasMore) =>
    `${hasMore ? "Die neuesten " : ""}${plural(count, { one: "Änderung", other: "Änderungen" })} der letzten ${days} Tage.`,
  none: (days) => `In den letzten ${days} Tagen wurde nichts geändert.`,
  noneMatch: (days) => `Nichts in den letzten ${days} Tagen passt zum Filter.`,
  filtered: "Jede Änderung zeigt nur die Zeiten, die zum Filter passen; „Rückgängig“ betrifft aber alle.",
  incomplete: "Dieser Verlauf ist nicht vollständig.",
  missing: (count, days) =>
    `${plural(count, { one: "Änderung", other: "Änderungen" })} der letzten ${days} Tage ${count === 1 ? "fehlt" : "fehlen"}. Die Zeiten ` +
    "sind gespeichert. Eine Reparatur, die alle paar Minuten läuft, ergänzt, was fehlt.",
  reload: "Neu laden",
  more: "Mehr zeigen",
  nothingToCompare: "In diesem Zeitraum wurde keine Zeit geändert, also gibt es keine Woche zu vergleichen.",
  times: (count) => plural(count, { one: "Zeit", other: "Zeiten" }),
  added: "angeboten",
  removed: "entfernt",
  edited: (isYou, added, removed) =>
    `${isYou ? "hast" : "hat"} ` +
    [
      added && `${plural(added, { one: "Zeit", other: "Zeiten" })} angeboten`,
      removed && `${added ? removed : plural(removed, { one: "Zeit", other: "Zeiten" })} entfernt`,
    ]
      .filter(Boolean)
      .join(" und "),
  usualWeek: "Die übliche Woche",
  otherProgram: "Ein anderes Programm",
  anImport: "Ein Import",
  events: {
    PLACED: (isYou, student) => `${isYou ? "hast" : "hat"} ${student ? `für ${student} ` : ""}gebucht`,
    HELD: (isYou, student) => `${isYou ? "hast" : "hat"} ${student ? `für ${student} ` : ""}reserviert`,
    CONFIRMED: (isYou, student) => `${isYou ? "hast" : "hat"} die Reservierung ${student ? `von ${student} ` : ""}bestätigt`,
    CANCELLED: (isYou, student) => `${isYou ? "hast" : "hat"} ${student ? `die Stunde von ${student} ` : ""}abgesagt`,
    MOVED: (isYou, student) => `${isYou ? "hast" : "hat"} die Stunde ${student ? `von ${student} ` : ""}verlegt`,
    EXPIRED: (isYou) => `${isYou ? "hast" : "hat"} die Reservierung ablaufen lassen`,
    COMPLETED: (isYou, student) => `${isYou ? "hast" : "hat"} gesagt, dass die Stunde ${student ? `von ${student} ` : ""}stattfand`,
    NO_SHOW: (isYou, student) => `${isYou ? "hast" : "hat"} gesagt, dass ${student ?? "der Schüler"} nicht kam`,
  },
  changed: (isYou, field) => `${isYou ? "hast" : "hat"} ${field} geändert:`,
  settings: {
    name: "den Namen",
    timeZone: "die Zeitzone",
    active: "ob der Tutor aktiv ist",
    bookingNoticeMinutes: "die Minuten Vorlauf für Buchungen",
    cancellationNoticeMinutes: "die Minuten Vorlauf für Absagen",
    externalId: "die externe Id",
    userId: "die Id der Person",
    tags: "die Stichwörter",
    weeklySchedule: "die übliche Woche",
  },
  sources: {
    deferred: "Später eingetragen, weil das Protokoll beim Speichern nicht verfügbar war. Es fehlt nichts.",
    reconstructed:
      "Rekonstruiert: was Änderungen, deren Einträge verloren gingen, zusammen geändert haben. Sie wurden zu dieser Zeit oder " +
      "früher gespeichert. Der Verlauf kann sie nicht einzeln zeigen.",
    external: "Zu dieser Zeit gefunden. Niemand weiß, wann und von wem es geändert wurde.",
    notCertain: "nicht sicher",
  },
  details: "Einzelheiten",
  changeSet: "Änderung",
  user: "Person",
  time: "Zeit",
  then: "Damals",
  undo: "Rückgängig",
  revert: {
    title: "Diese Änderung rückgängig machen?",
    savedOn: (when) => `Gespeichert: ${when}. Zeiten, die später noch einmal geändert wurden, bleiben, wie sie sind.`,
    byHand: "Die übliche Woche stellt diese Tage nicht wieder her: Sie gelten als von Hand geändert.",
    checking: "Es wird geprüft, was sich ändern würde …",
    nothingLeft:
      "Es gibt nichts mehr rückgängig zu machen: Alle Zeiten dieser Änderung sind schon zurückgenommen oder später noch " +
      "einmal geändert worden.",
    changes: (counts) => `Das würde sich ändern: ${counts}.`,
    conflicts:
      "Das kann nicht rückgängig gemacht werden: Zeiten, die Schüler gebucht haben, würden entfernt. Verschiebe diese Stunden " +
      "oder sage sie ab, oder ändere die anderen Zeiten in der Woche.",
    note: "Notiz für den Verlauf (optional)",
    undoing: "Wird rückgängig gemacht …",
    cancel: "Abbrechen",
    uncertain: "Es ist nicht sicher, ob das rückgängig gemacht wurde. Sieh im Verlauf nach.",
    nothingUndone: "Nichts wurde rückgängig gemacht.",
    wasNothing: "Es gab nichts mehr rückgängig zu machen.",
    done: (counts, isLate) =>
      `Rückgängig gemacht: ${counts}.${isLate ? " Es ist gespeichert; im Verlauf steht es in ein paar Minuten." : ""}`,
    replaced:
      "Diese Änderung steht nicht mehr im Verlauf. Sie stand für Änderungen, deren Einträge fehlten. Diese Einträge haben sie " +
      "ersetzt. Schließe das hier, und lade die Seite neu.",
    incomplete: "Noch steht nicht alles von dieser Änderung im Verlauf. Versuche es in ein paar Minuten noch einmal.",
    past: "Zu dieser Änderung gehört ein vergangener Tag, der nicht geändert werden kann. Die anderen Tage kannst du in der Woche ändern.",
    overlap:
      "Eine Zeit, die wieder angeboten würde, überschneidet sich mit einer späteren. Entferne zuerst die spätere in der Woche.",
  },
  counts: (added, removed) => [added && `${added} neu`, removed && `${removed} entfernt`].filter(Boolean).join(", "),
  here: "Die Woche daneben ist von diesem Moment",
  asItWas: "Wie es war am",
  weekOf: (range) => `Die Woche ${range}`,
  moment: "Moment",
  now: "jetzt",
  justBefore: (date, time) => `${date}, kurz vor ${time}`,
  changeBefore: "Die Änderung davor",
  changeAfter: "Die Änderung danach",
  certain: "Jede Änderung dieser Woche seitdem ist im Protokoll.",
  notCertain: "Im Protokoll fehlen Änderungen dieser Woche, deshalb kann sie damals anders gewesen sein.",
  foundAt: (when) => `Eine Änderung, die niemand eingetragen hat, wurde ${when} gefunden. Wann sie gemacht wurde, ist nicht bekannt.`,
  thenTitle: "Damals",
  nowTitle: "Jetzt",
  states: { free: "frei", booked: "gebucht", gone: "entfernt", never: "nicht angeboten", different: "anders" },
  difference: (was, is) => `${was}, jetzt ${is}`,
  isNow: (state) => `jetzt ${state}`,
  wasThen: (state) => `damals ${state}`,
  offeredThen: "damals angeboten",
  same: "Jetzt ist nichts anders.",
  noSlots: "Diese Woche hat keine Zeiten, weder damals noch jetzt.",
  exact: "Eine genaue Zeit, oder eine andere Woche",
  instant: (place) => `Datum und Uhrzeit in ${place}`,
  twice: "Diese Uhrzeit kam zweimal",
  firstTime: "Das erste Mal",
  secondTime: "Das zweite Mal",
  dayOfWeek: "Ein Tag der Woche",
  showIt: "Zeigen",
  errors: {
    skipped: "Diese Uhrzeit gab es nicht: Die Uhr hat sie an diesem Tag übersprungen. Wähle eine andere.",
    future: "Diese Zeit ist in der Zukunft. Wähle eine frühere.",
    tooEarly: "Von vor 2000 gibt es keinen Verlauf. Wähle eine spätere Zeit.",
  },
};

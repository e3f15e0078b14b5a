import { book, lessons } from "./book/de";
import type { Texts } from "./en";
import { history } from "./history/de";
import * as support from "./support/de";

export const de: Texts = {
  ...support,
  history,
  views: {
    book: "Suchen",
    lessons: "Meine Stunden",
    week: "Woche",
    usual: "Übliche Woche",
    history: "Verlauf",
    why: "Warum?",
    statistics: "Einblicke",
    platform: "Plattform",
    "sign-in": "Anmelden",
    free: "Freie Zeiten",
  },
  bar: {
    views: "Ansichten",
    studentsView: "Was Schüler sehen",
    studentsViewShort: "Für Schüler",
    notSaved: "(nicht gespeichert)",
    tutor: "Tutor",
    place: (place) => `Ortszeit ${place}`,
    forDevelopers: "Für Entwickler:",
    reference: "die API-Referenz",
  },
  menu: {
    name: "Konto und Einstellungen",
    lookAs: "Ansehen als",
    roles: { tutor: "Tutor", admin: "Support (Admin)", visitor: "Besucher" },
    student: (name) => `${name}, Schüler`,
    user: (id) => `Person …${id}`,
    visitor: "Nicht angemeldet",
    language: "Sprache",
    theme: "Farben",
    themes: { system: "Wie das System", light: "Hell", dark: "Dunkel" },
    signOut: "Abmelden",
    signOutAndDrop: "Abmelden und Ungespeichertes verwerfen",
  },
  signIn: {
    title: "Anmelden",
    what: "Die Woche eines Tutors, ihr Verlauf und ihre Einblicke sind für den Tutor und für Admins.",
    token: "Token deiner Web-App (JWT)",
    invalid: "Das ist kein Token. Ein Token hat drei Teile mit Punkten dazwischen: Kopiere alles.",
  },
  noTutor: {
    choose: "Finde zuerst einen Tutor, einen Schüler oder eine Zeit: mit „Finden“ oder Strg K.",
    add: "In der Adresse fehlt der Tutor. Ergänze ?tutor= und die Id des Tutors.",
    notInTheDemo: "Dieser Tutor gehört nicht zur Demo",
    lookAsSupport: (support) => `Sieh dir diesen Tutor als Support an: Wähle „${support}“ unter „Ansehen als“.`,
  },
  book,
  lessons,
  clock: {
    secondTime: (time) => `${time} (das zweite Mal)`,
    inZone: (time, zone) => `${time} (${zone})`,
  },
  close: "Schließen",
  loading: "Wird geladen …",
  tryAgain: "Noch einmal versuchen",
  errors: {
    request: (id) => `Anfrage ${id}`,
    noTutor: "Diesen Tutor gibt es nicht. Prüfe, ob die Adresse vollständig ist.",
    signedOut: "Du bist nicht mehr angemeldet. Melde dich ab und wieder an; lade in der Demo die Seite neu.",
    forbidden: "Das ist für den Tutor und für Admins, und du bist als jemand anderes angemeldet. Melde dich neu an.",
    noAnswer: "Der Server hat nicht geantwortet. Prüfe die Verbindung und versuche es noch einmal.",
    unavailable: "Der Server kann das gerade nicht. Versuche es gleich noch einmal.",
    busy: "Der Server ist beschäftigt oder startet neu. Versuche es gleich noch einmal.",
    tooLarge: "Das ist zu viel auf einmal. Speichere weniger Wochen zugleich.",
    other: (message) => `Das hat nicht geklappt: ${message}.`,
    unexpected:
      "Diese Ansicht kann nicht gezeigt werden. Versuche es noch einmal. Wenn das nicht hilft, speichere, was noch nicht " +
      "gespeichert ist, und lade die Seite neu.",
    notLoaded:
      "Diese Ansicht konnte nicht geladen werden. Prüfe die Verbindung und versuche es noch einmal. Wenn das nicht hilft, " +
      "gibt es eine neuere Version der Seite: Speichere, was noch nicht gespeichert ist, und lade die Seite neu.",
    noConfig:
      "Neben dieser Seite liegt keine config.json. Lege eine an, mit den URLs der Funktionen, wie es im README des " +
      "Dashboards steht.",
    configNotLoaded: "Die config.json der Seite konnte nicht geladen werden. Prüfe die Verbindung und versuche es noch einmal.",
    invalidConfig: "Die config.json der Seite ist ungültig. Schreibe sie so, wie es im README des Dashboards steht.",
  },
  reasons: {
    tutor_edit: "Bearbeitung",
    conflict: "Etwas kam dazwischen",
    vacation: "Urlaub",
    illness: "Krankheit",
    copy_week: "Woche kopiert",
    bulk_clear_future: "Künftiges geleert",
    admin_action: "Support",
    revert: "Rückgängig",
    other: "Anderer Grund",
    import: "Import",
    schedule: "Wochenplan",
    external: "Von einem anderen Programm geändert",
  },
  bookings: {
    AWAITING_PAYMENT: "für jemanden reserviert, der gerade bezahlt",
    CONFIRMED: "gebucht",
    COMPLETED: "gebucht, die Stunde ist vorbei",
  },
  authors: {
    unknown: "unbekannt",
    you: "du",
    user: (id) => `Person …${id}`,
    tutor: "der Tutor",
    support: "Support",
  },
};

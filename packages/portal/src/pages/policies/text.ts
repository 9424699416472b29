import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('policies', {
  en: {
    title: 'Shared access policies',
    intro:
      'A policy is a pair of keys and what may be done with them. Programs and people sign in to the APIs and to this portal with one.',
    parts: 'Ways in',
    tokens: 'Tokens',
    name: 'Policy name',
    nameHelp: '1 to 64 letters, digits, "-", "_", "." or "@". It cannot be changed later.',
    nameAndRights: 'Name and rights',
    allows: 'What it allows',
    rights: 'Rights',
    rightsFilterHelp: 'Policies that have this right, whatever others they have.',
    rightsHelp: 'What bearers of its keys may do.',
    needsName: 'Give it a name.',
    needsRight: 'Tick at least one right.',
    ServiceConfigHelp:
      'Read and change this service itself: policies, hubs, certificates, allocation policy. Shows keys as well.',
    DeviceConnectHelp:
      'Known from the cloud service. Devices come in by their enrollments here, so nothing asks for it.',
    EnrollmentWriteHelp:
      'Make, change and delete enrollments and see their keys. Includes the three rights below, of enrollments and registration records.',
    EnrollmentReadHelp: 'Read enrollments, without their keys.',
    RegistrationStatusReadHelp: 'Read registration records: which device is on which hub.',
    RegistrationStatusWriteHelp: 'Delete registration records. Includes reading them.',
    add: 'Add policy',
    added: 'Policy {{name}} added',
    ownKeys: 'Use keys of my own',
    ownKeysHelp: 'Base64 of 16 to 64 bytes. Leave one empty to have it made here.',
    reading: 'Reading the policies…',
    readingOne: 'Reading the policy…',
    none: 'No policies',
    noneHelp: 'Add one to let a program or a person in.',
    saved: 'Rights of {{name}} saved',
    keys: 'Keys and connection strings',
    primaryStops:
      'A new primary key is made. Whatever uses the one of today stops working at once: programs with that key or its connection string, tokens signed with it, and portal sessions opened with it. The secondary key goes on working.',
    secondaryStops:
      'A new secondary key is made. Whatever uses the one of today stops working at once: programs with that key or its connection string, tokens signed with it, and portal sessions opened with it. The primary key goes on working.',
    yours: 'You are signed in with this policy. You may have to sign in again.',
    remove: 'Delete',
    askRemove: 'Delete the policy {{name}}?',
    removeStops:
      'Both keys stop working at once: programs that use them, tokens signed with them, and portal sessions opened with them. This cannot be undone; a new policy of this name has other keys.',
    removed: 'Policy {{name}} deleted',
    askRemoveMany_one: 'Delete the policy?',
    askRemoveMany_other: 'Delete {{count}} policies?',
    removedMany_one: '{{count}} policy deleted',
    removedMany_other: '{{count}} policies deleted',
  },
  nl: {
    title: 'Beleid voor gedeelde toegang',
    intro:
      'Een beleid is een paar sleutels en wat daarmee mag. Programma’s en mensen melden zich ermee aan bij de API’s en bij deze portal.',
    parts: 'Manieren om binnen te komen',
    tokens: 'Tokens',
    name: 'Naam van het beleid',
    nameHelp: '1 tot 64 letters, cijfers, "-", "_", "." of "@". Later niet te wijzigen.',
    nameAndRights: 'Naam en rechten',
    allows: 'Wat het toestaat',
    rights: 'Rechten',
    rightsFilterHelp: 'Beleidsregels die dit recht hebben, met of zonder andere.',
    rightsHelp: 'Wat houders van de sleutels mogen.',
    needsName: 'Geef het een naam.',
    needsRight: 'Kies minstens één recht.',
    ServiceConfigHelp:
      'De service zelf lezen en wijzigen: beleid, hubs, certificaten, toewijzingsbeleid. Toont ook sleutels.',
    DeviceConnectHelp:
      'Bekend van de cloudservice. Apparaten komen hier binnen via hun inschrijving, dus niets vraagt erom.',
    EnrollmentWriteHelp:
      'Inschrijvingen maken, wijzigen en verwijderen en hun sleutels zien. Omvat de drie rechten hieronder, van inschrijvingen en registratierecords.',
    EnrollmentReadHelp: 'Inschrijvingen lezen, zonder hun sleutels.',
    RegistrationStatusReadHelp: 'Registratierecords lezen: welk apparaat op welke hub staat.',
    RegistrationStatusWriteHelp: 'Registratierecords verwijderen. Omvat het lezen ervan.',
    add: 'Beleid toevoegen',
    added: 'Beleid {{name}} toegevoegd',
    ownKeys: 'Eigen sleutels gebruiken',
    ownKeysHelp: 'Base64 van 16 tot 64 bytes. Wat u leeg laat, wordt hier gemaakt.',
    reading: 'Het beleid lezen…',
    readingOne: 'Het beleid lezen…',
    none: 'Geen beleid',
    noneHelp: 'Voeg er een toe om een programma of een mens binnen te laten.',
    saved: 'Rechten van {{name}} opgeslagen',
    keys: 'Sleutels en verbindingsreeksen',
    primaryStops:
      'Er wordt een nieuwe primaire sleutel gemaakt. Wat de huidige gebruikt, werkt meteen niet meer: programma’s met die sleutel of de verbindingsreeks ervan, tokens die ermee zijn ondertekend en portalsessies die ermee zijn geopend. De secundaire sleutel blijft werken.',
    secondaryStops:
      'Er wordt een nieuwe secundaire sleutel gemaakt. Wat de huidige gebruikt, werkt meteen niet meer: programma’s met die sleutel of de verbindingsreeks ervan, tokens die ermee zijn ondertekend en portalsessies die ermee zijn geopend. De primaire sleutel blijft werken.',
    yours: 'U bent met dit beleid aangemeld. Misschien moet u zich opnieuw aanmelden.',
    remove: 'Verwijderen',
    askRemove: 'Het beleid {{name}} verwijderen?',
    removeStops:
      'Beide sleutels werken meteen niet meer: programma’s die ze gebruiken, tokens die ermee zijn ondertekend en portalsessies die ermee zijn geopend. Dit kan niet ongedaan worden gemaakt; een nieuw beleid met deze naam heeft andere sleutels.',
    removed: 'Beleid {{name}} verwijderd',
    askRemoveMany_one: 'Het beleid verwijderen?',
    askRemoveMany_other: '{{count}} beleidsregels verwijderen?',
    removedMany_one: '{{count}} beleid verwijderd',
    removedMany_other: '{{count}} beleidsregels verwijderd',
  },
})

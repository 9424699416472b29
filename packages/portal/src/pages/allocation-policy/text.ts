import { makeText } from '../../i18n/i18n.ts'

export const text = makeText('allocation-policy', {
  en: {
    title: 'Manage allocation policy',
    intro:
      'How a hub is chosen for a device where its enrollment does not say. An enrollment may have a policy of its own.',
    reading: 'Reading the allocation policy…',
    policy: 'Allocation policy',
    hashed: 'Evenly weighted distribution',
    hashedHelp: 'Devices are spread over the linked hubs by their weights; the same device comes to the same hub.',
    geoLatency: 'Lowest latency',
    geoLatencyHelp: 'This service does not know where a device is, so it spreads devices by weight, as above.',
    static: 'Static configuration',
    staticHelp: 'The enrollment names the hub. Where it names none, the device comes to the only linked hub there is.',
    wouldMove: 'What this would move',
    moves_one: 'Of {{sampled}} registered devices that were looked at, {{count}} would be placed on another hub.',
    moves_other: 'Of {{sampled}} registered devices that were looked at, {{count}} would be placed on another hub.',
    noDevices: 'No device has registered yet, so nothing would move.',
    movesWhen: 'Devices move only when they register again, and only where their reprovision policy lets them.',
    saved: 'Allocation policy saved',
    hubs: 'Weights are set at the linked hubs.',
    toHubs: 'Linked hubs',
  },
  nl: {
    title: 'Toewijzingsbeleid beheren',
    intro:
      'Hoe een hub voor een apparaat wordt gekozen als de inschrijving er niets over zegt. Een inschrijving kan een eigen beleid hebben.',
    reading: 'Het toewijzingsbeleid lezen…',
    policy: 'Toewijzingsbeleid',
    hashed: 'Gelijkmatig gewogen distributie',
    hashedHelp:
      'Apparaten worden naar gewicht over de gekoppelde hubs verdeeld; hetzelfde apparaat komt op dezelfde hub.',
    geoLatency: 'Laagste latentie',
    geoLatencyHelp:
      'Deze service weet niet waar een apparaat is en verdeelt apparaten daarom naar gewicht, zoals hierboven.',
    static: 'Statische configuratie',
    staticHelp: 'De inschrijving noemt de hub. Noemt die er geen, dan komt het apparaat op de enige gekoppelde hub.',
    wouldMove: 'Wat dit zou verplaatsen',
    moves_one: 'Van {{sampled}} bekeken geregistreerde apparaten zou er {{count}} op een andere hub komen.',
    moves_other: 'Van {{sampled}} bekeken geregistreerde apparaten zouden er {{count}} op een andere hub komen.',
    noDevices: 'Er heeft zich nog geen apparaat geregistreerd, dus er zou niets worden verplaatst.',
    movesWhen:
      'Apparaten verhuizen pas als ze zich opnieuw registreren, en alleen als hun beleid voor opnieuw inrichten dat toelaat.',
    saved: 'Toewijzingsbeleid opgeslagen',
    hubs: 'Gewichten worden bij de gekoppelde hubs ingesteld.',
    toHubs: 'Gekoppelde hubs',
  },
})

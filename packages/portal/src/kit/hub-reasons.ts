/**
 * Why a hub turns devices away or cuts them off, by the names that hubs have for it: as reasons.ts and in-dutch.ts for
 * registering.
 */
import { makeText } from '../i18n/i18n.ts'

export const hubReasons = makeText('hubReasons', {
  en: {
    IotHubNotFound: 'No such hub',
    IotHubFormatError: 'MQTT user name is wrong',
    IotHubUnauthorized: 'Proof not accepted',
    DeviceNotFound: 'Not on this hub',
    ModuleNotFound: 'Module not on this device',
    DeviceDisabled: 'Disabled on its hub',
    ConnectionForcefullyClosedOnNewConnection: 'Connected once more',
  },
  nl: {
    IotHubNotFound: 'Hub bestaat niet',
    IotHubFormatError: 'MQTT-gebruikersnaam klopt niet',
    IotHubUnauthorized: 'Bewijs niet geaccepteerd',
    DeviceNotFound: 'Staat niet op deze hub',
    ModuleNotFound: 'Module niet op dit apparaat',
    DeviceDisabled: 'Uitgeschakeld op de hub',
    ConnectionForcefullyClosedOnNewConnection: 'Nog een keer verbonden',
  },
})

export const dutchHubRemedies: Readonly<Record<string, string>> = {
  IotHubNotFound: 'Laat het apparaat verbinden met de hub waaraan het is toegewezen.',
  IotHubFormatError: 'Stel de gebruikersnaam in zoals hieronder staat, met de apparaat-id als client-id.',
  IotHubUnauthorized: 'Controleer de klok van het apparaat en zijn sleutel, token of certificaat.',
  DeviceNotFound: 'Laat het apparaat zich opnieuw registreren. Hoofdletters tellen mee.',
  ModuleNotFound: 'Maak de module op de hub. Hoofdletters tellen mee.',
  DeviceDisabled: 'Schakel het apparaat op de hub in om het toe te laten.',
  ConnectionForcefullyClosedOnNewConnection: 'Hebben twee apparaten dezelfde id, geef er dan een een eigen id.',
}

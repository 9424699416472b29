/** The icons of the menu. */
import {
  BranchForkRegular,
  CertificateRegular,
  GroupListRegular,
  HistoryRegular,
  HomeRegular,
  KeyMultipleRegular,
  PlugConnectedRegular,
  PulseRegular,
  RocketRegular,
  StethoscopeRegular,
} from '@fluentui/react-icons'

export const icons = {
  home: HomeRegular,
  rocket: RocketRegular,
  key: KeyMultipleRegular,
  hub: PlugConnectedRegular,
  certificate: CertificateRegular,
  enrollments: GroupListRegular,
  branch: BranchForkRegular,
  pulse: PulseRegular,
  stethoscope: StethoscopeRegular,
  history: HistoryRegular,
} as const

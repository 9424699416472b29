/** Every page: its place in the menu, and its script, which is loaded when the page is first opened. */
import { type ComponentType, lazy } from 'react'

const page = (load: () => Promise<{ readonly Page: ComponentType }>) =>
  lazy(async () => ({ default: (await load()).Page }))

export const NotFound = page(() => import('./pages/not-found/index.tsx'))

/** Below /portal; `/*?` takes the page's own addresses along. */
export const routes = [
  { path: '/', page: page(() => import('./pages/overview/index.tsx')) },
  { path: '/quick-start/*?', page: page(() => import('./pages/quick-start/index.tsx')) },
  { path: '/policies/*?', page: page(() => import('./pages/policies/index.tsx')) },
  { path: '/hubs/*?', page: page(() => import('./pages/hubs/index.tsx')) },
  { path: '/certificates/*?', page: page(() => import('./pages/certificates/index.tsx')) },
  { path: '/enrollments/groups/*?', page: page(() => import('./pages/enrollments/groups.tsx')) },
  { path: '/enrollments/individual/*?', page: page(() => import('./pages/enrollments/individual.tsx')) },
  { path: '/allocation-policy', page: page(() => import('./pages/allocation-policy/index.tsx')) },
  { path: '/registrations/*?', page: page(() => import('./pages/registrations/index.tsx')) },
  { path: '/diagnose/*?', page: page(() => import('./pages/diagnose/index.tsx')) },
  { path: '/activity/*?', page: page(() => import('./pages/activity/index.tsx')) },
  { path: '/trace/:trackingId', page: page(() => import('./pages/trace/index.tsx')) },
  { path: '*', page: NotFound },
] as const

/** The menu, in the order that users of the cloud service know (contract/management 7.1). */
export const menu = [
  {
    entries: [
      { href: '/', label: 'overview', icon: 'home' },
      { href: '/quick-start', label: 'quickStart', icon: 'rocket' },
    ],
  },
  {
    heading: 'settings',
    entries: [
      { href: '/policies', label: 'policies', icon: 'key' },
      { href: '/hubs', label: 'hubs', icon: 'hub' },
      { href: '/certificates', label: 'certificates', icon: 'certificate' },
      { href: '/enrollments/groups', label: 'enrollments', icon: 'enrollments', within: '/enrollments' },
      { href: '/allocation-policy', label: 'allocationPolicy', icon: 'branch' },
    ],
  },
  {
    heading: 'monitoring',
    entries: [
      { href: '/registrations', label: 'registrations', icon: 'pulse' },
      { href: '/diagnose', label: 'diagnose', icon: 'stethoscope' },
      { href: '/activity', label: 'activity', icon: 'history' },
    ],
  },
] as const

import { EnrollmentPages } from './pages.tsx'

export const Page = () => <EnrollmentPages kind="group" />

/** CA certificates and the proof that somebody has their key (contract/management 5, 7.4). */
import { ThingPages } from '../../kit/thing-pages.tsx'
import { Details } from './details.tsx'
import { CertificateList } from './list.tsx'
import { Upload } from './upload.tsx'

export const Page = () => (
  <ThingPages
    href="/certificates"
    list={<CertificateList />}
    add={<Upload />}
    details={(name) => <Details key={name} name={name} />}
  />
)

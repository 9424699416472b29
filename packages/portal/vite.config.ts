import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './build/precompress.ts'

/** A running service that `npx vite` (with LANDFALL=https://127.0.0.1:8443, say) passes every call on to. */
const service = process.env.LANDFALL ?? 'https://127.0.0.1'
// the service answers its own pages only
const passOn = { target: service, secure: false, changeOrigin: true, headers: { origin: service } }

export default defineConfig({
  root: import.meta.dirname,
  base: '/portal/',
  plugins: [react(), precompress()],
  build: {
    target: 'es2022',
    // a strict content security policy: nothing inline, no data: addresses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  server: {
    proxy: {
      '/portal/session': passOn,
      '/landfall': passOn,
      '/enrollments': passOn,
      '/enrollmentGroups': passOn,
      '/registrations': passOn,
    },
  },
})

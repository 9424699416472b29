/** Where the portal's files are missing: from a checkout that was never built. The APIs work without. */
import type { FastifyReply } from 'fastify'

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Landfall: the portal is not built</title>
<h1>The portal is not built</h1>
<p>This service runs from source, without the files of its portal. Build them, and start the service again:</p>
<pre>npm run build --workspace packages/portal</pre>
<p>All APIs and the command line work meanwhile: <code>landfall --help</code>.</p>
</html>
`

export const notBuilt = (reply: FastifyReply) =>
  reply.code(503).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)

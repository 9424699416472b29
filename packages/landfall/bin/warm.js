/** After an installation: compiles the service once, so that its first start is as quick and as small as the next ones. */
import { keepCompiled } from './keep-compiled.js'

keepCompiled()
for (const file of ['server.ts', 'cli/serve.ts', 'cli/quickstart/quickstart.ts', 'cli/main.ts'])
  await import(`../src/${file}`)

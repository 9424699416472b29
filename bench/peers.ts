/** The peers that Landfall is measured beside: each asks for client certificates and does next to nothing with them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { accepts, type Child, freePort, startChild, untilReady, versionOf } from './child.ts'
import type { TestCa } from './test-ca.ts'

export interface Peer {
  readonly child: Child
  readonly port: number
  readonly version: string
}

const install = (name: string) => `apt-get install -y ${name} (Debian, Ubuntu), or your system's package of that name.`

/** As long as a registration's answer, so that the same bytes are encrypted and sent. */
const cannedAnswer = JSON.stringify({
  operationId: '5.0000000000000000.00000000-0000-0000-0000-000000000000',
  status: 'assigned',
  registrationState: { status: 'assigned', padding: '-'.repeat(330) },
})

export async function startNginx(dir: string, ca: TestCa): Promise<Peer> {
  const version = versionOf('nginx', ['-v'], install('nginx-light'))
  const home = join(dir, 'nginx')
  mkdirSync(home)
  const port = await freePort()
  writeFileSync(join(home, 'nginx.conf'), nginxConfig(home, port, ca))
  const child = startChild('nginx', ['-p', home, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')])
  await untilReady(child, 'nginx', () => accepts(port))
  return { child, port, version }
}

const nginxConfig = (home: string, port: number, { files }: TestCa) => `
daemon off;
worker_processes 1;
user ${userInfo().username};
pid ${home}/nginx.pid;
error_log ${home}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  server_tokens off;
  keepalive_timeout 0;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/fastcgi;
  uwsgi_temp_path ${home}/uwsgi; scgi_temp_path ${home}/scgi;
  server {
    listen 127.0.0.1:${port} ssl backlog=1024;
    ssl_certificate ${files.server};
    ssl_certificate_key ${files.serverKey};
    ssl_protocols TLSv1.3;
    ssl_client_certificate ${files.root};
    ssl_verify_client on;
    ssl_verify_depth 3;
    ssl_session_tickets off;
    ssl_session_cache off;
    default_type application/json;
    location / { return 200 '${cannedAnswer}'; }
  }
}
`

export async function startMosquitto(dir: string, ca: TestCa): Promise<Peer> {
  const version = versionOf('mosquitto', ['-h'], install('mosquitto'))
  const port = await freePort()
  const config = join(dir, 'mosquitto.conf')
  writeFileSync(config, mosquittoConfig(port, ca))
  const child = startChild('mosquitto', ['-c', config])
  await untilReady(child, 'mosquitto', () => accepts(port))
  return { child, port, version }
}

const mosquittoConfig = (port: number, { files }: TestCa) => `
user ${userInfo().username}
listener ${port} 127.0.0.1
certfile ${files.server}
keyfile ${files.serverKey}
cafile ${files.root}
require_certificate true
tls_version tlsv1.3
allow_anonymous true
set_tcp_nodelay true
persistence false
log_type error
`

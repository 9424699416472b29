/**
 * A port redirection for one client process, as `iptables -j REDIRECT` would do for a host: where this user may not
 * bind 443 and 8883, connections to them reach the ports the service did get. The client itself is untouched.
 */
const net = require('node:net')

const ports = JSON.parse(process.env.LANDFALL_TEST_PORTS ?? '{}')
const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function redirected(...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0]
  if (options && typeof options === 'object' && ports[options.port] !== undefined) options.port = ports[options.port]
  return connect.apply(this, args)
}

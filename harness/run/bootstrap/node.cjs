// Loaded by every Node that `harness run` starts, before the program. Node's own `fetch` and `https` take no notice of
// HTTPS_PROXY: connections to other machines are led to the proxy, which knows by the TLS handshake whom they mean.
'use strict';

const net = require('net');

const proxy = process.env.HARNESS_PROXY || '';
const [host, port] = [proxy.slice(0, proxy.lastIndexOf(':')), Number(proxy.slice(proxy.lastIndexOf(':') + 1))];
const ports = new Set((process.env.HARNESS_PROXY_PORTS || '').split(',').filter(Boolean).map(Number));

const isNear = (name) =>
  !name || ['localhost', '0.0.0.0', '::', '::1'].includes(name) || name.startsWith('127.') || name.endsWith('.localhost');

const led = (options) =>
  !options.path && ports.has(Number(options.port)) && !isNear(options.host)
    ? { ...options, host, port, lookup: undefined }
    : options;

if (port) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const [first, second] = args;
    if (Array.isArray(first)) first[0] = led(first[0]); // as net.connect() hands them on
    else if (first !== null && typeof first === 'object') args[0] = led(first);
    else if (!Number.isNaN(Number(first)) && typeof second === 'string') {
      args.splice(0, 2, led({ port: Number(first), host: second }));
    }
    return connect.apply(this, args);
  };
}

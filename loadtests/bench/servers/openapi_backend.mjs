// openapi-backend on Node's own HTTP server: validates requests, answers with the document's examples. Arguments:
// document, port.
import http from 'node:http'
import { OpenAPIBackend } from 'openapi-backend'

const [document, port] = process.argv.slice(-2)
const say = (res, status, body) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const api = new OpenAPIBackend({ definition: document, quick: true })
api.register({
  validationFail: (c, req, res) => say(res, 400, c.validation.errors),
  notFound: (c, req, res) => say(res, 404, { message: 'not found' }),
  notImplemented: (c, req, res) => {
    const { status, mock } = api.mockResponseForOperation(c.operation.operationId)
    say(res, status, mock)
  },
})
await api.init()
http
  .createServer((req, res) => {
    const parts = []
    req.on('data', (part) => parts.push(part))
    req.on('end', () => {
      const [path, query = ''] = req.url.split('?')
      const body = Buffer.concat(parts).toString()
      api.handleRequest({ method: req.method, path, query, body, headers: req.headers }, req, res)
    })
  })
  .listen(Number(port), '127.0.0.1')

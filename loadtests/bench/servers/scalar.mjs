// Scalar's mock server, as its README starts it. Arguments: document, port.
import { readFile } from 'node:fs/promises'
import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'

const [document, port] = process.argv.slice(-2)
const text = await readFile(document, 'utf8')
// Its releases for Node 22 call it `document`.
const app = await createMockServer({ specification: text, document: text })
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' })

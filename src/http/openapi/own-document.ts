import { routes } from '../routes/index.ts'
import { type OpenApiDocument, openApiDocument } from './document.ts'

/** The OpenAPI document of this API; for the reference and for tools, without a running instance. */
export const apiDocument = (version: string): OpenApiDocument => openApiDocument(routes, version)

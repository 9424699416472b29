/**
 * Fastify's compilers of schemas, read with the first request that needs one. They and what they make of the operator
 * API's schemas take 5 MiB, which a service that only meets devices and SDKs never needs.
 */
import { createRequire } from 'node:module'
import type { FastifyServerOptions } from 'fastify'

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>
type Factories = Required<NonNullable<SchemaController['compilersFactory']>>
type Compile = ReturnType<Factories['buildValidator']>
type Validate = ReturnType<Compile>

// those that Fastify itself depends on, and would read at its start
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
const validators = (): Factories['buildValidator'] => ofFastify('@fastify/ajv-compiler')()
const serializers = (): Factories['buildSerializer'] => ofFastify('@fastify/fast-json-stringify-compiler')()

/** For every Fastify instance: one without it reads them at once. */
export const schemaController: SchemaController = {
  compilersFactory: {
    buildValidator: (...order) => {
      let compile: Compile | undefined
      return (route) =>
        compiledWhenAsked(() => {
          compile ??= validators()(...order)
          return compile(route)
        })
    },
    buildSerializer: (...order) => serializers()(...order),
  },
}

function compiledWhenAsked(compile: () => Validate): Validate {
  let compiled: Validate | undefined
  const validate = (...asked: Parameters<Validate>): unknown => {
    compiled ??= compile()
    const holds = compiled(...asked)
    validate.errors = compiled.errors
    return holds
  }
  validate.errors = undefined as Validate['errors']
  // by this Fastify knows a function of Ajv's, and tells it where the value stands, so that it may be replaced
  validate.schemaEnv = true
  return validate as unknown as Validate
}

import { IwError } from '#kernel'
import { apiPrefix, propertyView as propertyShape } from '../contract.ts'
import { route } from '../route.ts'
import { propertyView } from '../views/thing.ts'
import { findProperty, propertyParams } from './fields.ts'

export const getProperty = route({
  method: 'GET',
  path: `${apiPrefix}/things/{thing}/properties/{property}`,
  summary: 'Read one property with its last reading',
  right: 'reading.read',
  params: propertyParams,
  reply: propertyShape,
  handle({ params }, house) {
    const { thing, property } = findProperty(house, params.thing, params.property)
    const view = propertyView(thing, property, house, house.clock.now())
    if (!view) throw new IwError('IW_CONNECT_UNKNOWN_PROPERTY', `"${thing.id}" has no property "${property.name}"`)
    return view
  },
})

import { describe, expect, it } from 'vitest'
import { errorCatalogue, IwError, isIwError, systemCode } from '#kernel'

describe('the error catalogue', () => {
  it('names every code after its room and gives it a status, a title and a remedy that is a sentence', () => {
    for (const [code, row] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^IW_[A-Z]+_[A-Z_]+$/)
      expect(row.status, code).toBeGreaterThanOrEqual(400)
      expect(row.status, code).toBeLessThan(600)
      expect(row.title.length, code).toBeGreaterThan(5)
      expect(row.remedy, code).toMatch(/\.$/)
    }
  })

  it('gives an error the status and remedy of its code', () => {
    const error = new IwError('IW_HISTORIAN_TYPE', 'kiln/temperature is number', { detail: { tag: 7 } })
    expect(error.status).toBe(409)
    expect(error.remedy).toContain('property name')
    expect(error.detail).toEqual({ tag: 7 })
  })

  it('keeps the cause and tells codes apart', () => {
    const cause = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const error = new IwError('IW_HISTORIAN_DISK_FULL', 'full', { cause })
    expect(error.cause).toBe(cause)
    expect(isIwError(error, 'IW_HISTORIAN_DISK_FULL')).toBe(true)
    expect(isIwError(error, 'IW_HISTORIAN_BUSY')).toBe(false)
    expect(isIwError(cause)).toBe(false)
    expect(systemCode(cause)).toBe('ENOSPC')
    expect(systemCode(null)).toBeUndefined()
  })
})

/** Where data is kept when nothing says otherwise. */
export const usualFolder = '.interwork/data'
/** Where `interwork demo` keeps its data. */
export const demoFolder = '.interwork/demo'
/** The name of the settings file that is used when none is named. */
export const settingsFileName = 'interwork.yaml'

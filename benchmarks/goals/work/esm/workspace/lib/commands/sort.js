const lines = require('../lines')

module.exports = {
  help: 'sorted lines',
  run: ([file], write) => {
    const { sort } = require('../order') // only this command needs it
    sort(lines(file)).forEach((line) => write(line))
    return 0
  }
}

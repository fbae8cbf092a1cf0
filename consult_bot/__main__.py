from consult_bot.cli import main

main()

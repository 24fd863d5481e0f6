from promptevolver_contracts.documents.command import main

main()
